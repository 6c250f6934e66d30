// Shows every time in the reader's own time zone. Without it, the page shows the watch file's.
for (const element of document.querySelectorAll("time[datetime]")) {
  const at = new Date(element.dateTime);
  if (!Number.isNaN(at.getTime())) {
    element.textContent = at.toLocaleString("en-US", { dateStyle: "medium", timeStyle: "short" });
  }
}
