"""Which addresses may be reached, in any notation."""

from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.addresses import BAD_PORTS, Reach, check_target, host_of, reach, read_literal
from monitor.errors import RefusedError

PUBLIC = ["1.1.1.1", "8.8.8.8", "93.184.216.34", "172.32.0.1", "100.63.255.255", "100.128.0.1", "192.0.1.1", "198.20.0.1",
          "223.255.255.255", "2001:4860:4860::8888", "2606:4700::1111", "2a00:1450::1",
          "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"]  # fmt: skip

PRIVATE = ["127.0.0.1", "127.255.255.254", "10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.1.1",
           "100.64.0.1", "100.127.255.255", "198.18.0.1", "198.19.255.255", "::1", "fc00::1", "fdff::1",
           "::ffff:127.0.0.1", "::ffff:7f00:1", "::ffff:10.0.0.1", "::ffff:100.64.0.1",
           "64:ff9b::127.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b:1::8.8.8.8",
           "2a00:1450::5efe:10.0.0.1", "2a00:1450::200:5efe:192.168.0.1"]  # fmt: skip

CLOSED = ["0.0.0.0", "0.1.2.3", "169.254.169.254", "169.254.0.1", "100.100.100.200", "168.63.129.16", "192.0.0.192",
          "192.0.2.1", "192.88.99.1", "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.255", "240.0.0.1",
          "255.255.255.255", "::", "fe80::1", "fe80::1%eth0", "febf::1", "fec0::1", "ff02::1", "ff0e::1",
          "fd00:ec2::254", "fd20:ce::254", "fd00:42::42", "2001:db8::1", "3fff::1", "2001:2::1", "2001:10::1", "100::1",
          "::127.0.0.1", "::8.8.8.8", "::ffff:0:8.8.8.8", "::ffff:169.254.169.254", "::ffff:0.0.0.0",
          "64:ff9b::169.254.169.254", "2002:7f00:1::", "2002:808:808::", "2001:0:4136:e378:8000:63bf:3fff:fdd2",
          "2a00:1450::5efe:169.254.169.254", "2a00::1%1", "4000::1",
          "", "no address", "127.1", "0177.0.0.1", "0x7f.0.0.1", "2130706433", "1.1.1.1.", " 8.8.8.8", "8.8.8.8\0", "[::1]",
          "8.8.8.8/32", "٨.٨.٨.٨"]  # fmt: skip


@pytest.mark.parametrize(
    ("address", "found"),
    [
        *((one, Reach.PUBLIC) for one in PUBLIC),
        *((one, Reach.PRIVATE) for one in PRIVATE),
        *((one, Reach.CLOSED) for one in CLOSED),
    ],
)
def test_who_can_be_at_an_address(address: str, found: Reach) -> None:
    assert reach(address) is found


@given(st.integers(0, 2**32 - 1).map(IPv4Address))
def test_nothing_is_public_that_python_knows_to_be_special(address: IPv4Address) -> None:
    if address.is_private or address.is_multicast or address.is_reserved or address.is_link_local:
        assert reach(str(address)) is not Reach.PUBLIC


@given(st.integers(0, 2**128 - 1).map(IPv6Address))
def test_the_same_holds_for_ipv6_and_only_global_unicast_is_public(address: IPv6Address) -> None:
    if reach(str(address)) is Reach.PUBLIC:
        assert address.is_global or address.ipv4_mapped is not None
        assert not address.is_multicast
        assert not address.is_site_local


@given(st.sampled_from(["::ffff:0:0", "64:ff9b::"]), st.integers(0, 2**32 - 1))
def test_an_ipv4_address_in_ipv6_counts_as_itself(prefix: str, address: int) -> None:
    inside = IPv6Address(int(IPv6Address(prefix)) + address)
    assert reach(str(inside)) is reach(str(IPv4Address(address)))


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("127.0.0.1.", "127.0.0.1"),
        ("127.1", "127.0.0.1"),
        ("127.0.1", "127.0.0.1"),
        ("2130706433", "127.0.0.1"),
        ("017700000001", "127.0.0.1"),
        ("0x7f000001", "127.0.0.1"),
        ("0X7F.1", "127.0.0.1"),
        ("0177.0.0.0x1", "127.0.0.1"),
        ("0x7f.0x0.0x0.0x1", "127.0.0.1"),
        ("0x", "0.0.0.0"),
        ("0", "0.0.0.0"),
        ("2852039166", "169.254.169.254"),
        ("0251.0376.0251.0376", "169.254.169.254"),
        ("169.16689662", "169.254.169.254"),
        ("[::1]", "::1"),
        ("::ffff:7f00:1", "::ffff:127.0.0.1"),
    ],
)
def test_a_literal_is_read_in_every_notation_that_a_resolver_takes(host: str, address: str) -> None:
    assert read_literal(host) == ip_address(address)


@pytest.mark.parametrize(
    "host", ["example.org", "1.example", "x1", "0xg", "localhost", "127.0.0.1.example", "", "a.0b1"]
)
def test_a_name_is_no_literal(host: str) -> None:
    assert read_literal(host) is None


@pytest.mark.parametrize(
    "host", ["1.2.3.4.5", "256.1.1.1", "1.16777216", "1..2", "4294967296", "0x100000000", "08", "1.2.3.0x100", "a.1", "::g", "::1%", "9" * 5000]
)  # fmt: skip
def test_what_looks_like_an_address_and_is_none_is_an_error(host: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - of ipaddress, too, whose words are its own
        read_literal(host)


@given(st.integers(0, 2**32 - 1), st.lists(st.sampled_from(["{:d}", "{:#x}", "0{:o}"]), min_size=4, max_size=4))
def test_all_notations_of_an_address_are_the_same(address: int, forms: list[str]) -> None:
    for parts in range(1, 5):
        first = [(address >> 8 * (3 - place)) & 255 for place in range(parts - 1)]
        numbers = [*first, address & (256 ** (5 - parts) - 1)]
        host = ".".join(form.format(number) for form, number in zip(forms, numbers, strict=False))
        assert read_literal(host) == IPv4Address(address)


@given(st.text())
def test_any_host_is_read_or_refused(host: str) -> None:
    try:
        found = read_literal(host)
    except ValueError:
        return
    assert found is None or reach(str(found)) in Reach


def refusal(scheme: str, host: str, port: int | None = None, *, allow_private: bool = False) -> str:
    """Return why a request is refused for good, or nothing."""
    try:
        check_target(scheme, host, port, allow_private=allow_private)
    except RefusedError as error:
        return error.reason if error.permanent else "passing"
    return ""


@pytest.mark.parametrize(
    ("scheme", "host", "reason"),
    [
        ("file", "x.example", "bad address"),
        ("ftp", "x.example", "bad address"),
        ("gopher", "x.example", "bad address"),
        ("", "x.example", "bad address"),
        ("http", "", "bad address"),
        ("http", "%5b", "bad address"),
        ("http", "a%20b.example", "bad address"),
        ("http", "1.2.3.4.5", "bad address"),
        ("http", "0x7f.1", "private address"),
        ("http", "169.254.169.254", "closed address"),
        ("https", "x.example", ""),
        ("http", "93.184.216.34", ""),
    ],
)
def test_a_request_is_judged_before_a_name_is_resolved(scheme: str, host: str, reason: str) -> None:
    assert refusal(scheme, host) == reason


@pytest.mark.parametrize("port", [0, 22, 25, 6667, 10080])
def test_ports_of_other_services_are_refused_even_when_private_networks_are_allowed(port: int) -> None:
    assert port in BAD_PORTS
    assert refusal("http", "x.example", port, allow_private=True) == "bad port"


@pytest.mark.parametrize("port", [None, 80, 443, 3000, 8000, 8080, 8443, 8888, 49152])
def test_ports_of_web_servers_are_not(port: int | None) -> None:
    assert refusal("http", "x.example", port) == ""


def test_private_networks_are_opened_by_the_operator_and_metadata_is_not() -> None:
    for host in ("127.0.0.1", "10.1.2.3", "fd12::1", "100.64.0.1"):
        assert refusal("http", host, allow_private=True) == ""
    for host in ("169.254.169.254", "fd00:ec2::254", "100.100.100.200", "0.0.0.0", "fe80::1", "224.0.0.1"):
        assert refusal("http", host, allow_private=True) == "closed address"


@given(st.from_regex(r"https?://[a-zA-Z0-9.@:\[\]%_-]{1,30}([/?#][!-~]{0,20})?", fullmatch=True))
def test_the_host_of_an_address_is_the_same_however_it_is_read(url: str) -> None:
    assert answer(host_of, url) == answer(lambda same: urlsplit(same).hostname or "", url)


def answer(read: Callable[[str], str], url: str) -> str:
    """Return what is read of an address, or why nothing is."""
    try:
        return read(url)
    except ValueError as error:
        return repr(error)
