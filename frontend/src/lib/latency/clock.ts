/** One question of the desk's time: milliseconds of this page's clock, `offset` what it lacks to the desk's. */
interface Sample {
  receivedAt: number;
  roundTrip: number;
  offset: number;
}

const SAMPLES_MAX = 8;
/** How far two clocks may part: 50 millionths, a poor quartz. It makes an old sample worth less than a new one. */
const DRIFT = 50e-6;

/**
 * The desk's clock, which isn't the browser's, asked for by PING and PONG in NTP's way: the answer's time is taken for
 * the middle of its round trip. So it is wrong by half of that trip at most, and the quickest of the last few counts.
 */
export class DeskClock {
  private samples: Sample[] = [];

  /** sentAt, receivedAt: `performance.now()`; time: the desk's, ms since the epoch. */
  note(sentAt: number, receivedAt: number, time: number): void {
    const roundTrip = receivedAt - sentAt;
    // An answer to nothing that this page has asked.
    if (!(roundTrip >= 0)) return;
    const offset = time - (sentAt + receivedAt) / 2;
    this.samples = [...this.samples.slice(1 - SAMPLES_MAX), { receivedAt, roundTrip, offset }];
  }

  /** What `performance.now()` lacks to the desk's time, and the round trip that told it. Null: not known yet. */
  read(now: number): { offset: number; roundTrip: number } | null {
    const doubt = ({ receivedAt, roundTrip }: Sample) => roundTrip / 2 + (now - receivedAt) * DRIFT;
    let best: Sample | null = null;
    for (const sample of this.samples) if (best === null || doubt(sample) < doubt(best)) best = sample;
    return best;
  }

  /** After a loss of the line, which may have been the machine's sleep: some browsers' clocks stand still in it. */
  reset(): void {
    this.samples = [];
  }
}
