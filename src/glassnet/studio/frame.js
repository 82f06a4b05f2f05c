// The theme, the help of controls, and the address, for the whole studio.
(() => {
  const root = document.documentElement;
  const cookie = (name) => document.cookie.match(new RegExp(`(?:^|; )gn-${name}=([^;]*)`))?.[1];
  root.classList.add("gn-themed");
  if (["light", "dark"].includes(cookie("theme"))) root.classList.add(`gn-${cookie("theme")}`);

  window.gnRemember = (name, value) => {
    document.cookie = `gn-${name}=${value}; path=/; max-age=31536000; samesite=strict`;
  };

  window.gnTheme = () => {
    const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
    const now = ["light", "dark"].find((name) => root.classList.contains(`gn-${name}`)) ?? system;
    const next = now === "dark" ? "light" : "dark";
    root.classList.remove(`gn-${now}`);
    root.classList.add(`gn-${next}`);
    gnRemember("theme", next);
    emitEvent("gn-theme", next);
  };

  window.gnShown = ([title, language, told]) => {
    document.title = `${title} · glassnet`;
    root.lang = language;
    // What NiceGUI tells of the connection, in the language that is chosen.
    document.querySelectorAll(".nicegui-error-popup > span").forEach((words, at) => (words.textContent = told[at]));
    document.querySelector('.gn-tab[aria-current="page"]')?.scrollIntoView({ block: "nearest", inline: "center" });
  };

  addEventListener("popstate", () => {
    const name = location.pathname.slice(1);
    emitEvent("gn-address", { name, query: Object.fromEntries(new URLSearchParams(location.search)) });
  });

  document.addEventListener("visibilitychange", () => emitEvent("gn-visible", !document.hidden));

  // Keys go to the elements that named them in data-keys, unless what has the focus uses them itself.
  const own = 'input, textarea, select, [role="slider"], [role="switch"], [role="radiogroup"], [role="menu"], [role="listbox"], [role="dialog"], [tabindex="0"]:not(button, a)';
  const pressed = "button, a"; // these use space and Enter, and leave the arrows
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.target instanceof Element && event.target.closest(own)) return;
    if ([" ", "Enter"].includes(event.key) && event.target instanceof Element && event.target.closest(pressed)) return;
    const key = (event.shiftKey ? "Shift+" : "") + event.key;
    const target = [...document.querySelectorAll("[data-keys]")].find((node) => node.dataset.keys.split("\n").includes(key));
    if (!target) return;
    event.preventDefault();
    target.dispatchEvent(new CustomEvent("gnkey", { detail: key }));
  });

  // One bubble for the help of whatever is under the pointer or has the keyboard's focus.
  let bubble, timer, shown;
  const show = (target) => {
    bubble ??= document.body.appendChild(Object.assign(document.createElement("div"), { className: "gn-bubble" }));
    bubble.setAttribute("aria-hidden", "true"); // the same words are the control's aria-description
    bubble.textContent = target.dataset.help;
    bubble.classList.add("gn-visible");
    const at = target.getBoundingClientRect();
    const own = bubble.getBoundingClientRect();
    const left = Math.min(Math.max(8, at.left + at.width / 2 - own.width / 2), innerWidth - own.width - 8);
    const below = at.bottom + 8 + own.height < innerHeight;
    bubble.style.left = `${left}px`;
    bubble.style.top = `${below ? at.bottom + 8 : Math.max(8, at.top - own.height - 8)}px`;
    shown = target;
  };
  const hide = () => {
    clearTimeout(timer);
    shown = null;
    bubble?.classList.remove("gn-visible");
  };
  const described = (event) => event.target instanceof Element && event.target.closest("[data-help]");
  addEventListener("pointerover", (event) => {
    const target = event.pointerType === "mouse" && described(event);
    if (target === shown) return;
    hide();
    if (target) timer = setTimeout(() => target.isConnected && show(target), 450);
  });
  addEventListener("focusin", (event) => {
    const target = event.target.matches(":focus-visible") && described(event);
    if (target) show(target);
  });
  addEventListener("focusout", hide);
  addEventListener("pointerdown", hide);
  addEventListener("scroll", hide, true);
  addEventListener("keydown", (event) => event.key === "Escape" && hide());
})();
