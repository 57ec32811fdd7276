// Elements made of what a document holds.

// An element with these attributes, null ones left out, and these children, empty ones left out. `text` goes
// through textContent, as every text from data must: nothing in it is markup.
export function make(name, attributes = {}, children = []) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "text") element.textContent = value;
    else if (value !== null && value !== undefined) element.setAttribute(key, value);
  }
  element.append(...children.filter(Boolean));
  return element;
}

export function button(attributes, pressed) {
  const element = make("button", { type: "button", ...attributes });
  element.addEventListener("click", pressed);
  return element;
}
