"""The documentation site: pages that come from the sources, links that hold on the site and in the repository."""
