"""The pages that are read: hits, stories, entities, the map; none of them changes anything."""

from collections.abc import Iterable

from starlette.routing import Route

from monitor.web import entity_pages, hit_pages, map_page, story_pages


def routes() -> Iterable[Route]:
    """Yield their routes."""
    yield Route("/hits", hit_pages.search)
    yield Route("/stories", story_pages.listing)
    yield Route("/stories/{story_id}", story_pages.one)
    yield Route("/entities", entity_pages.listing)
    yield Route("/entities/{entity_id}", entity_pages.one)
    yield Route("/map", map_page.show)
