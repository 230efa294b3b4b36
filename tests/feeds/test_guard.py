"""Which addresses may be reached."""

import pytest

from monitor.errors import FetchError
from monitor.feeds.guard import GuardedResolver, PrivateAddressError, check_url, is_public


@pytest.mark.parametrize("address", ["8.8.8.8", "2001:4860:4860::8888", "1.1.1.1"])
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "255.255.255.255", "192.0.2.1", "::1", "::", "fe80::1%eth0", "fc00::1", "ff02::1", "::ffff:127.0.0.1",
        "::ffff:10.0.0.1", "2002:7f00:1::", "no address",
    ],
)  # fmt: skip
def test_addresses_of_this_machine_and_of_private_networks_are_not(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://127.1/",
        "http://[::1]/",
        "http://169.254.169.254/x",
    ],
)
def test_a_literal_address_is_refused_in_any_notation(url: str) -> None:
    with pytest.raises(FetchError, match="private address"):
        check_url(url, allow_private=False)
    check_url(url, allow_private=True)


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://x.example/", "http:///x", "gopher://x"])
def test_only_the_web_is_fetched(url: str) -> None:
    with pytest.raises(FetchError, match="bad address"):
        check_url(url, allow_private=True)


async def test_a_name_that_stands_for_a_private_address_is_refused_where_it_is_resolved() -> None:
    resolver = GuardedResolver()
    with pytest.raises(PrivateAddressError):
        await resolver.resolve("localhost", 80)
    await resolver.close()
