// Copies what the pages use of the npm packages to static/vendor: `node bin/vendor.mjs`, again whenever a version changes.
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const from = join(root, "node_modules");
const to = join(root, "static", "vendor");
const css = join(from, "@digdir", "designsystemet-css", "dist");

// The design system's components that our templates use, in the order of its own index. Less than half the weight of the whole.
const components = [
  "base", "button", "list", "heading", "link", "divider", "paragraph", "field", "fieldset", "input", "label",
  "validation-message", "error-summary", "skip-link",
];
// Colours are our own (static/css/tokens.css, webapp/brand.py); the second typography and the dark set have no user here.
const unused_layers = ["ds.theme.color-scheme.light", "ds.theme.color-scheme.dark", "ds.theme.typography.secondary"];

function without_layer(sheet, layer) {
  const start = sheet.indexOf(`@layer ${layer}{`);
  if (start < 0) throw new Error(`the design system's theme no longer has the layer ${layer}`);
  let depth = 0;
  let end = sheet.indexOf("{", start);
  do {
    if (sheet[end] === "{") depth += 1;
    if (sheet[end] === "}") depth -= 1;
    end += 1;
  } while (depth > 0);
  return sheet.slice(0, start) + sheet.slice(end);
}

function design_system() {
  const theme = unused_layers.reduce(without_layer, readFileSync(join(css, "theme", "designsystemet.css"), "utf8"));
  const parts = components.map(
    (name) => `@layer ds.${name === "base" ? "base" : "components"}{${readFileSync(join(css, "src", `${name}.css`), "utf8")}}`,
  );
  return ["@layer ds.theme,ds.base,ds.components;", theme, ...parts].join("\n");
}

rmSync(to, { recursive: true, force: true });
mkdirSync(to, { recursive: true });
writeFileSync(join(to, "designsystemet.css"), design_system());
for (const [source, target] of [
  ["@digdir/designsystemet-css/LICENSE", "designsystemet.LICENSE"],
  ["@fontsource-variable/inter/files/inter-latin-wght-normal.woff2", "inter-latin.woff2"],
  ["@fontsource-variable/inter/files/inter-latin-ext-wght-normal.woff2", "inter-latin-ext.woff2"],
  ["@fontsource-variable/inter/LICENSE", "inter.LICENSE"],
  ["socket.io-client/dist/socket.io.min.js", "socket.io.min.js"],
  ["socket.io-client/LICENSE", "socket.io.LICENSE"],
  // Not for browsers: the record's PDF is drawn with these (Sámi letters included).
  ["dejavu-fonts-ttf/ttf/DejaVuSans.ttf", "dejavu-sans.ttf"],
  ["dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf", "dejavu-sans-bold.ttf"],
  ["dejavu-fonts-ttf/LICENSE", "dejavu.LICENSE"],
]) {
  cpSync(join(from, source), join(to, target));
}
