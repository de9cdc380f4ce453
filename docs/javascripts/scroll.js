// Tables and pictures that scroll sideways can be reached and scrolled with the keyboard.
document$.subscribe(() => {
  for (const region of document.querySelectorAll(".md-typeset__scrollwrap, .md-typeset p:has(> img)")) {
    const scrolls = region.scrollWidth > region.clientWidth;
    region.toggleAttribute("tabindex", scrolls);
    if (scrolls) region.setAttribute("tabindex", "0");
  }
  // Every code block has a copy button in a landmark of its own.
  document.querySelectorAll(".md-code__nav").forEach((nav, number) => {
    nav.setAttribute("aria-label", `Code block ${number + 1}`);
  });
});
