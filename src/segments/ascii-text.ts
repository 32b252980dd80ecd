/** A text of ASCII characters alone, where it stands among others' bytes: nothing is copied until it has a place. */
export class AsciiText {
  readonly length: number;
  readonly #view: DataView;
  readonly #start: number;

  /** @param start of the text in the view; `length` in bytes, which is in characters too */
  constructor(view: DataView, start: number, length: number) {
    this.#view = view;
    this.#start = start;
    this.length = length;
  }

  copyTo(target: DataView, place: number): void {
    const view = this.#view;
    const start = this.#start;
    const { length } = this;
    let done = 0;
    // Texts are short: to ask the engine to copy one takes longer than to do it.
    for (; done + 4 <= length; done += 4) target.setInt32(place + done, view.getInt32(start + done));
    for (; done < length; done++) target.setUint8(place + done, view.getUint8(start + done));
  }

  is(text: string): boolean {
    if (text.length !== this.length) return false;
    for (let index = 0; index < text.length; index++) {
      if (this.#view.getUint8(this.#start + index) !== text.charCodeAt(index)) return false;
    }
    return true;
  }

  toString(): string {
    const { buffer, byteOffset } = this.#view;
    return Buffer.from(buffer, byteOffset + this.#start, this.length).toString('latin1');
  }
}
