// Snakemake's report leaves its icons without names, which a screen reader needs: give each one as it appears.
"use strict";

function nameIcons() {
  const give = (selector, label) => {
    for (const each of document.querySelectorAll(`${selector}:not([aria-label])`)) each.setAttribute("aria-label", label);
  };
  give("#app h1 img", "Snakemake");
  give("#app h1 a", "Hide the menu");
  give("#app > div > .fixed a", "Show the menu");
  give("#app nav nav", "Where this is");
  give("#app input", "Search all results");
  give("#app td a:first-child", "Show this result");
  give("#app td a:not(:first-child)", "Say what this is");
  give("#app .vega-embed summary", "Save the graph");
  give("#app > div > .grow img, #app iframe", "The result");
  for (const link of document.querySelectorAll("#app a:not([aria-label])"))
    if (!link.textContent.trim()) link.setAttribute("aria-label", link.closest("nav nav") ? "First page" : "Say what this is");
  for (const content of document.querySelectorAll("#app > div > .grow")) content.setAttribute("role", "main");
}

nameIcons();
new MutationObserver(nameIcons).observe(document.querySelector("#app"), {childList: true, subtree: true});
