import {
  SpanKind,
  SpanStatusCode,
  type Attributes,
  type AttributeValue,
  type Context,
  type Link,
  type Span,
  type SpanContext,
  type SpanOptions,
  type SpanStatus,
  type TimeInput,
} from '@opentelemetry/api';

const UNSET: SpanStatus = { code: SpanStatusCode.UNSET };

/**
 * What a request's span would say, noted down until it is known whether it is worth exporting. Almost none is, so nothing is copied or checked
 * here: the SDK does that with the span that is made of a kept one.
 */
export class Sketch implements Span {
  readonly kind: SpanKind;
  readonly startTime: TimeInput;
  /** The object that was given at the start: what is added goes into it. */
  readonly attributes: Attributes;
  readonly links: Link[];
  status = UNSET;
  /** Undefined until it has ended. */
  endTime: TimeInput | undefined = undefined;
  private tellers: (() => void)[] | undefined = undefined;

  /**
   * @param parent which names the caller, if there is one
   * @param own with flags of its own: whoever sets the one for sampled has it exported at its end
   * @param ended takes it when it has ended
   */
  constructor(
    public name: string,
    options: SpanOptions,
    readonly parent: Context,
    private readonly own: SpanContext,
    private readonly ended: (sketch: Sketch) => void,
  ) {
    this.kind = options.kind ?? SpanKind.INTERNAL;
    this.startTime = options.startTime ?? Date.now();
    this.attributes = options.attributes ?? {};
    this.links = options.links ?? [];
  }

  /** After its end. */
  get durationMs(): number {
    return inMs(this.endTime!) - inMs(this.startTime);
  }

  spanContext(): SpanContext {
    return this.own;
  }

  isRecording(): boolean {
    return this.endTime === undefined;
  }

  setAttribute(key: string, value: AttributeValue): this {
    this.attributes[key] = value;
    return this;
  }

  setAttributes(attributes: Attributes): this {
    Object.assign(this.attributes, attributes);
    return this;
  }

  addLink(link: Link): this {
    return this.addLinks([link]);
  }

  addLinks(links: Link[]): this {
    this.links.push(...links);
    return this;
  }

  setStatus(status: SpanStatus): this {
    this.status = status;
    return this;
  }

  updateName(name: string): this {
    this.name = name;
    return this;
  }

  /** Forgotten: what happens on the way of a request is told by the spans below it, and by logs. */
  addEvent(): this {
    return this;
  }

  recordException(): void {}

  end(endTime: TimeInput = Date.now()): void {
    if (!this.isRecording()) return;
    this.endTime = endTime;
    this.ended(this);
  }

  /** {@link whenKept} */
  whenKept(tell: () => void): void {
    (this.tellers ??= []).push(tell);
  }

  /** Makes what was to be made when this request is kept. */
  tell(): void {
    for (const tell of this.tellers ?? []) tell();
  }
}

function inMs(time: TimeInput): number {
  return Array.isArray(time) ? time[0] * 1_000 + time[1] / 1e6 : Number(time);
}
