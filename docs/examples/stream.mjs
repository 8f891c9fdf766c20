/**
 * Follows prices and an account's orders on a desk's live stream, whatever becomes of the connection.
 *
 *     npm install ws        # Node 20; Node 22 and browsers have a WebSocket of their own
 *     node stream.mjs ws://localhost:8080 key.txt
 *
 * key.txt holds an API key that may read, or an access token. It is read again and again: a new one is said on the
 * connection that is open. Without a file there are prices only. What the messages mean: docs/stream.md.
 */

const WebSocket = globalThis.WebSocket ?? (await import('ws')).WebSocket;

const SYMBOLS = ['BTC', 'ETH', 'SOL'];
const ORDER_MESSAGES = ['SNAPSHOT', 'BALANCE', 'ORDER_OPENED', 'ORDER_UPDATED', 'ORDER_CLOSED', 'ORDER_LIQUIDATED'];
const PING_MS = 5_000;
// A connection on which not even pings are answered for so long is dead, though nobody closed it.
const SILENCE_MS = 15_000;
// The longest pause before the next try: the first time, and after many in vain.
const PAUSE_MS = 500;
const PAUSE_MAX_MS = 15_000;

/** The desk's clock, as well as it can be known from here. */
class Clock {
  // Of the last answers: how long each took, and how far ahead the desk's clock was, in milliseconds.
  compared = [];

  /** The desk looked at its clock between our question and its answer: in the middle, say. */
  compare({ sentAt, time }) {
    const tookMs = hereMs() - sentAt;
    this.compared = [...this.compared, { tookMs, aheadMs: time - sentAt - tookMs / 2 }].slice(-12);
  }

  /** Now by the desk's clock: the quickest answer errs least. Ours, before there was one. */
  nowMs() {
    const [quickest] = this.compared.toSorted((one, other) => one.tookMs - other.tookMs);
    return hereMs() + (quickest?.aheadMs ?? 0);
  }
}

/** What the account has, as far as it was told. seq: the newest order message's number, 0 for none. */
class Account {
  seq = 0;
  balanceCents = 0;
  orders = new Map();

  /** An order message, or a snapshot: the relay sends each once, in order. */
  take({ type, seq, data }) {
    switch (type) {
      case 'SNAPSHOT':
        this.orders = new Map(data.orders.map((order) => [order.orderId, order]));
        break;
      case 'ORDER_OPENED':
      case 'ORDER_UPDATED':
        this.orders.set(data.orderId, data);
        break;
      case 'ORDER_CLOSED':
      case 'ORDER_LIQUIDATED':
        this.orders.delete(data.orderId);
        break;
    }
    // BALANCE is one, all others have one.
    this.balanceCents = (data.balance ?? data).cents;
    this.seq = seq;
  }
}

/** Connects, comes back when it is cut off, and goes on where it was. */
class Follower {
  clock = new Clock();
  account = new Account();
  pauseMs = PAUSE_MS;

  /** token: gives, or promises, the key or token of now; '' while there is none. */
  constructor(url, token) {
    this.url = url;
    this.token = token;
  }

  /** Follows for ever. */
  async run() {
    for (;;) {
      const why = await this.follow(new WebSocket(this.url));
      // A restarted desk must not meet everybody at once; one that is away is asked less and less often.
      const pauseMs = Math.random() * this.pauseMs;
      this.pauseMs = Math.min(2 * this.pauseMs, PAUSE_MAX_MS);
      console.log(`cut off (${why}), back in ${(pauseMs / 1000).toFixed(1)} s`);
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }

  /** Hears until the connection ends; why it did. */
  follow(socket) {
    return new Promise((resolve) => {
      let heardAt = hereMs();
      let said = '';
      const end = (why) => {
        clearInterval(timer);
        socket.onopen = socket.onmessage = socket.onclose = null;
        socket.close();
        resolve(why);
      };
      const keepUp = async () => {
        if (hereMs() - heardAt > SILENCE_MS) end('no answer');
        else if (socket.readyState === WebSocket.OPEN) said = await this.keepUp(socket, said);
      };
      const timer = setInterval(keepUp, PING_MS);
      socket.onopen = () => {
        for (const symbol of SYMBOLS) send(socket, 'SUBSCRIBE', { symbol });
        keepUp();
      };
      socket.onmessage = ({ data }) => {
        heardAt = hereMs();
        this.take(JSON.parse(data));
      };
      socket.onclose = ({ code, reason }) => end(`${code} ${reason}`.trim());
      // A close always follows; but an error that nobody listens to would end Node.
      socket.onerror = () => {};
    });
  }

  /** Signs in, and again when there is a newer token; compares clocks. Returns the token that was said last. */
  async keepUp(socket, said) {
    const token = await this.token();
    if (token && token !== said) {
      // In this order, what was missed comes before anything new.
      send(socket, 'RESUME', { seq: this.account.seq });
      send(socket, 'AUTH', { token });
    }
    send(socket, 'PING', { sentAt: hereMs() });
    return token || said;
  }

  /** One message of the desk's. SUBSCRIBED, and what newer desks may say, are passed over. */
  take(message) {
    const { type, seq } = message;
    if (type === 'PRICE_UPDATE') this.show(message.data);
    else if (ORDER_MESSAGES.includes(type)) {
      this.account.take(message);
      const { balanceCents, orders } = this.account;
      console.log(`#${seq} ${type}: balance ${(balanceCents / 100).toFixed(2)} USD, ${orders.size} open`);
    } else if (type === 'RESUMED') console.log(`nothing is missing up to #${seq}`);
    else if (type === 'PONG') {
      // All that was said before has been answered too: this connection is a good one.
      this.pauseMs = PAUSE_MS;
      this.clock.compare(message);
    } else if (type === 'AUTHENTICATED') console.log(`signed in as ${message.userId}`);
    else if (type === 'UNAUTHENTICATED' || type === 'ERROR') console.log(message.message);
  }

  /** A price, and its age: since the trade, and since the desk received it. */
  show({ symbol, bidPrice, askPrice, decimals, eventTime, receivedTime }) {
    const [bid, ask] = [bidPrice, askPrice].map((price) => (price / 10 ** decimals).toFixed(4));
    const [age, knownFor] = [eventTime, receivedTime].map((time) => (this.clock.nowMs() - time).toFixed(1));
    console.log(`${symbol} ${bid} ${ask}, ${age} ms old, ${knownFor} ms at the desk`);
  }
}

function send(socket, type, fields) {
  socket.send(JSON.stringify({ type, ...fields }));
}

/** Now by the clock of this machine, in milliseconds since the epoch, with decimals. */
function hereMs() {
  return performance.timeOrigin + performance.now();
}

// From here on it is Node's. A page does this instead: new Follower('wss://desk.example.com/ws', () => token).run();
const { access, readFile } = await import('node:fs/promises');
const [url, file] = process.argv.slice(2);
if (!url) throw new Error('usage: node stream.mjs URL [FILE]');
if (file) await access(file);
const readToken = () => readFile(file, 'utf8').then((text) => text.trim(), () => '');
await new Follower(url, file ? readToken : () => '').run();
