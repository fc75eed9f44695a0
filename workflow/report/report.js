// What Snakemake's report lacks.
"use strict";

// Its pages have data: addresses. Chromium shows nothing of an address above 2 MB, so that a larger page gets that of a blob.
// A smaller page keeps its address, since links within the page of a blob do nothing there.
for (const result of Object.values(results)) {
  const [head, text] = result.data_uri.split(",");
  if (!head.startsWith("data:text/html") || result.data_uri.length < 2e6) continue;
  const bytes = Uint8Array.from(atob(text), letter => letter.charCodeAt(0));
  result.data_uri = URL.createObjectURL(new Blob([bytes], {type: "text/html;charset=utf-8"}));
}

// The page of claims asks for a figure: show it, with its caption in the menu.
addEventListener("message", ({data}) => {
  const show = data?.show;
  if (!results[show]) return;
  app.setView({content: "img", contentPath: results[show].data_uri, resultPath: show, navbarMode: "resultinfo"});
});

// Its icons have no names, which a screen reader needs: give each one as it appears.
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
