// The columns of the list of workflows, where the reader of this browser has chosen none; then on to the list.
"use strict";
{
  const { namespace, columns } = document.currentScript.dataset;
  const place = "namespace-workflow-table-columns";
  try {
    const kept = JSON.parse(localStorage.getItem(place) ?? "{}");
    if (!kept[namespace]?.length) {
      kept[namespace] = columns.split(",").map((label) => ({ label }));
      localStorage.setItem(place, JSON.stringify(kept));
    }
  } catch {
    // a browser that keeps nothing shows the UI's own columns
  }
  location.replace(`/namespaces/${encodeURIComponent(namespace)}/workflows`);
}
