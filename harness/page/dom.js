// What every page's script begins with: its data, and making elements.
const data = JSON.parse(document.getElementById("data").textContent);
const get = id => document.getElementById(id);
const number = x => x.toLocaleString("en-US");

function make(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}
