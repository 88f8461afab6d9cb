// The keys belong to the terminal from the start: a page may be operated without a mouse.
window.addEventListener("load", () => document.querySelector(".xterm-helper-textarea")?.focus());
