"""The studio: pages in the browser that show living networks. All arithmetic is the library's."""
