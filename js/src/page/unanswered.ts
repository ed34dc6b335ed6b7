/** A question that the page cannot answer; the message is for the reader. */
export class UnansweredError extends Error {}
