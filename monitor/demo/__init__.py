"""A bundled day of news, a feed server, a mail sink and a webhook sink."""
