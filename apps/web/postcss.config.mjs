/** Tailwind, which makes app/globals.css and the classes that components name into one style sheet. */
export default { plugins: { "@tailwindcss/postcss": {} } };
