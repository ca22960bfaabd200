// A calendar: <div data-calendar data-events="address of the entries as JSON" data-lang="zh" data-move="address">.
// The address of the entries gets ?start=&end= (ISO) and answers [{id, title, start, end, url, allDay}]; the address for
// moves gets id, start and end by POST. The page lists the same entries below for those who cannot use the grid.
(() => {
  const token = () => document.querySelector('meta[name="csrf-token"]')?.content || "";

  const move = async (calendar, info) => {
    const body = new URLSearchParams({ id: info.event.id, start: info.event.startStr, end: info.event.endStr || "" });
    const answer = await fetch(calendar.dataset.move, {
      method: "POST", body, credentials: "same-origin", headers: { "X-CSRFToken": token(), "HX-Request": "true" },
    }).catch(() => null);
    if (answer?.ok) return;
    info.revert();
    seaport.toast(seaport.say(answer ? "failed" : "offline"), "wrong");
  };

  // Heads of the row of hours and of a month's columns have a label but no words; some screen readers say only words.
  const nameHeads = (box) => {
    for (const head of box.querySelectorAll('[role="rowheader"]:empty, [role="columnheader"][aria-label]')) {
      if (head.querySelector("a, .visually-hidden")) continue;
      const words = document.createElement("span");
      words.className = "visually-hidden";
      words.textContent = head.getAttribute("aria-label");
      head.append(words);
    }
  };

  // A day's cell is named by its date alone, which would hide from some readers what is in it; its column says the date.
  const unnameDays = (box) => {
    for (const cell of box.querySelectorAll('[role="gridcell"][aria-label]')) cell.removeAttribute("aria-label");
  };

  // In the list an entry is a link, which can't be an item of a list as well: those of a day are a group of links.
  const groupLinks = (box) => {
    for (const link of box.querySelectorAll('a[role="listitem"]')) {
      link.removeAttribute("role");
      link.parentElement.setAttribute("role", "group");
    }
  };

  // The address keeps the view and the day, so that it can be kept, sent and come back to.
  const views = { timeGridDay: "day", timeGridWeek: "week", dayGridMonth: "month", listWeek: "list" };
  const keep = (calendar, view) => {
    const here = new URL(location.href);
    here.searchParams.set("view", views[view.type] || "week");
    here.searchParams.set("on", calendar.formatIso(calendar.getDate()).slice(0, 10));
    history.replaceState(history.state, "", here);
  };

  seaport.each("[data-calendar]", (box) => {
    document.querySelector("[data-agenda]")?.removeAttribute("open"); // the same entries, for those without the grid
    const narrow = matchMedia("(max-width: 767px)").matches;
    let isNew = true;
    const calendar = new FullCalendar.Calendar(box, {
      initialView: box.dataset.view || (narrow ? "listWeek" : "timeGridWeek"),
      initialDate: box.dataset.on || undefined,
      locale: box.dataset.lang === "zh" ? "zh-cn" : "en-gb",
      timeZone: box.dataset.zone || "local",
      firstDay: 1,
      navLinks: true, // a day is a link to itself, which also gives its column a name …
      navLinkHint: () => "", // … in the words one sees
      noEventsText: box.dataset.lang === "zh" ? "这段时间没有安排。" : "Nothing is planned here.",
      todayHint: box.dataset.lang === "zh" ? "今天" : "Today",
      timedText: box.dataset.lang === "zh" ? "定时" : "Timed",
      height: "auto",
      nowIndicator: true,
      eventMinHeight: 24, // what one can hit with a finger
      slotMinTime: "07:00:00",
      slotMaxTime: "21:00:00",
      editable: Boolean(box.dataset.move),
      headerToolbar: { start: "prev,next today", center: "title", end: "timeGridDay,timeGridWeek,dayGridMonth,listWeek" },
      events: box.dataset.events,
      // The day is shown from 7 to 21, and longer where something is planned outside.
      eventsSet: (events) => {
        setTimeout(() => { unnameDays(box); groupLinks(box); });
        const timed = events.filter((one) => !one.allDay);
        const [first, last] = timed.reduce(([from, to], one) => {
          const [start, end] = [one.startStr, one.endStr || one.startStr];
          const isOver = start.slice(0, 10) !== end.slice(0, 10); // past midnight
          return [Math.min(from, Number(start.slice(11, 13))), isOver ? 24 : Math.max(to, Number(end.slice(11, 13)) + 1)];
        }, [7, 21]);
        const hour = (n) => `${String(n).padStart(2, "0")}:00:00`;
        if (calendar.getOption("slotMinTime") !== hour(first)) calendar.setOption("slotMinTime", hour(first));
        if (calendar.getOption("slotMaxTime") !== hour(last)) calendar.setOption("slotMaxTime", hour(last));
      },
      datesSet: (info) => setTimeout(() => {
        nameHeads(box);
        unnameDays(box);
        groupLinks(box);
        if (!isNew) keep(calendar, info.view);
        isNew = false;
      }),
      eventDrop: (info) => move(box, info),
      eventResize: (info) => move(box, info),
    });
    calendar.render();
  });
})();
