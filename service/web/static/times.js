// Shows every time in the reader's own time zone. Without it, the page shows the watch file's.
const parts = {
  year: "numeric", month: "short", day: "numeric", hour: "numeric", minute: "2-digit", timeZoneName: "short",
};
for (const element of document.querySelectorAll("time[datetime]")) {
  const at = new Date(element.dateTime);
  if (!Number.isNaN(at.getTime())) {
    element.textContent = at.toLocaleString("en-US", parts);
  }
}
const zone = document.getElementById("zone");
if (zone) zone.textContent = `your time zone, ${Intl.DateTimeFormat().resolvedOptions().timeZone}`;
