/**
 * The one error class of the launcher: its message is a sentence for the person at the terminal, which says what
 * could not be done, why, and what to do now. It is printed without a stack. Anything else that is thrown is a
 * mistake of this program and is printed as such.
 */
export class CannotStart extends Error {
  override name = "CannotStart";
}
