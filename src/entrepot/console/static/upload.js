// Uploads straight to the store, by addresses that the console minted for them. A file of more than one part comes in parts,
// three at a time; each is tried again when the line breaks, and what has arrived is not sent again after a pause.
"use strict";

{
  const AT_ONCE = 3;
  const TRIES = 5;
  const FIRST_WAIT_MS = 500;
  const panel = document.getElementById("upload");
  const words = panel ? panel.dataset : {};
  const uploads = [];

  class Stopped extends Error {}
  class Refused extends Error {}

  const pause = (ms) => new Promise((done) => { setTimeout(done, ms); });

  // One request of the console itself. Raises Refused with what the server says.
  async function ask(path, form) {
    const csrf = JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRF-Token"];
    const reply = await fetch(path, form
      ? { method: "POST", body: new URLSearchParams(form), headers: { "HX-Request": "true", "X-CSRF-Token": csrf } }
      : { headers: { "HX-Request": "true" } });
    if (reply.ok) return reply.json();
    if (reply.headers.get("HX-Redirect")) location.assign(reply.headers.get("HX-Redirect"));
    const said = new DOMParser().parseFromString(await reply.text(), "text/html").querySelector("q");
    const text = said ? said.textContent : String(reply.status);
    throw reply.status >= 500 || reply.status === 429 ? new Error(text) : new Refused(text);
  }

  class Upload {
    constructor(file, key) {
      Object.assign(this, { file, key, state: "waiting", parts: [], running: new Set(), turn: 0, why: "" });
      this.row = this.drawn();
    }

    // Sends, or goes on sending, what has not arrived.
    async run() {
      this.turn += 1;
      const { turn } = this;
      this.to("running");
      try {
        if (!this.right) this.right = await this.tried(() => ask(`${words.here}/upload`, {
          keys: JSON.stringify([this.key]), size: String(this.file.size),
        }));
        if (this.right.method === "PUT") await this.whole(); else await this.inParts();
        this.to("done");
      } catch (error) {
        if (this.state !== "running" || this.turn !== turn) return;
        this.why = error.message;
        this.running.forEach((one) => one.abort());
        this.to("failed");
      }
    }

    whole() {
      const part = { from: 0, to: this.file.size, loaded: 0 };
      this.parts = [part];
      return this.tried(() => this.send("PUT", this.right.url, this.file, part));
    }

    async inParts() {
      if (!this.id) {
        const begun = await this.tried(() => this.send("POST", this.right.url, ""));
        this.id = /<UploadId>([^<]+)<\/UploadId>/.exec(begun.responseText)[1];
        if (this.state === "cancelled") await this.drop();
        for (let from = 0; from < this.file.size; from += this.right.part) {
          this.parts.push({
            number: this.parts.length + 1, from, to: Math.min(from + this.right.part, this.file.size), loaded: 0, tag: "",
          });
        }
      }
      const left = this.parts.filter((part) => !part.tag);
      const work = async () => {
        for (let part = left.shift(); part; part = left.shift()) await this.part(part);
      };
      await Promise.all(Array.from({ length: AT_ONCE }, work));
      const told = this.parts.map((part) => `<Part><PartNumber>${part.number}</PartNumber><ETag>${part.tag}</ETag></Part>`);
      const { complete } = await this.addresses(1);
      const body = `<CompleteMultipartUpload>${told.join("")}</CompleteMultipartUpload>`;
      const ended = await this.tried(() => this.send("POST", complete, body));
      if (ended.responseText.includes("<Error>")) throw new Error(ended.responseText);
    }

    async part(part) {
      const reply = await this.tried(async () => {
        this.known ??= {};
        this.known[part.number] ??= (await this.addresses(part.number)).parts[part.number];
        return this.send("PUT", this.known[part.number], this.file.slice(part.from, part.to), part);
      });
      part.tag = reply.getResponseHeader("ETag");
    }

    async addresses(first) {
      const query = new URLSearchParams({ grant: this.right.grant, upload: this.id, first: String(first) });
      const found = await ask(`${words.here}/upload?${query}`);
      Object.assign(this.known ??= {}, found.parts);
      return found;
    }

    // What the line or the server broke is tried again, each time after a longer while; what was refused is not.
    async tried(one) {
      const { turn } = this;
      for (let times = 1; ; times += 1) {
        if (this.state !== "running" || this.turn !== turn) throw new Stopped();
        try {
          return await one();
        } catch (error) {
          if (error instanceof Refused || error instanceof Stopped || times === TRIES) throw error;
          await pause(FIRST_WAIT_MS * 2 ** (times - 1));
        }
      }
    }

    send(method, url, body, part) {
      return new Promise((done, failed) => {
        const request = new XMLHttpRequest();
        const over = (end, value) => { this.running.delete(request); end(value); };
        request.open(method, url);
        if (this.file.type && !(part && part.number) && !url.includes("uploadId=")) {
          request.setRequestHeader("Content-Type", this.file.type);
        }
        if (part) request.upload.onprogress = (event) => { part.loaded = event.loaded; this.draw(); };
        request.onload = () => {
          if (request.status < 300) {
            if (part) part.loaded = part.to - part.from;
            this.draw();
            over(done, request);
            return;
          }
          const said = /<Message>([^<]*)<\/Message>/.exec(request.responseText);
          const text = said ? said[1] : String(request.status);
          over(failed, request.status >= 500 || request.status === 408 || request.status === 429
            ? new Error(text) : new Refused(text));
        };
        request.onerror = () => { if (part) part.loaded = 0; over(failed, new Error(words.broken)); };
        request.onabort = () => { if (part) part.loaded = 0; over(failed, new Stopped()); };
        if (part) this.running.add(request);  // what begins or ends an upload is never cut, so that it is known
        request.send(body);
      });
    }

    stop() {
      this.to("paused");
      this.running.forEach((one) => one.abort());
    }

    async cancel() {
      this.to("cancelled");
      this.running.forEach((one) => one.abort());
      if (this.id) await this.drop();
    }

    // Has the store forget what has arrived.
    async drop() {
      try {
        await ask(`${words.here}/cancel-upload`, { grant: this.right.grant, upload: this.id });
        this.to("gone");
      } catch (error) {
        this.why = error.message;
        this.to("failed");
      }
    }

    get loaded() {
      return this.state === "done" ? this.file.size : this.parts.reduce((sum, part) => sum + part.loaded, 0);
    }

    to(state) {
      this.state = state;
      this.draw();
      tell();
      if (state !== "running") next();
    }

    drawn() {
      const row = document.getElementById("upload-row").content.firstElementChild.cloneNode(true);
      row.querySelector("bdi").textContent = shownName(this.key);
      row.querySelector("progress").setAttribute("aria-label", shownName(this.key));
      const act = (name, does) => row.querySelector(`[data-act=${name}]`).addEventListener("click", does);
      act("pause", () => this.stop());
      act("resume", () => { this.to("waiting"); });
      act("cancel", () => this.cancel());
      document.getElementById("uploads").append(row);
      return row;
    }

    draw() {
      const bar = this.row.querySelector("progress");
      bar.max = Math.max(this.file.size, 1);
      bar.value = this.file.size ? this.loaded : Number(this.state === "done");
      const percent = Math.floor((100 * bar.value) / bar.max);
      const word = words[this.state] + (this.state === "failed" ? ` ${this.why}` : "");
      this.row.querySelector("[data-said]").textContent = `${percent} % · ${word}`;
      this.row.dataset.state = this.state;
      const shown = {
        pause: this.state === "running", resume: ["paused", "failed"].includes(this.state),
        cancel: ["waiting", "running", "paused", "failed"].includes(this.state),
      };
      Object.entries(shown).forEach(([name, on]) => { this.row.querySelector(`[data-act=${name}]`).hidden = !on; });
      const whole = document.getElementById("whole");
      whole.max = Math.max(1, uploads.reduce((sum, one) => sum + one.file.size, 0));
      whole.value = uploads.reduce((sum, one) => sum + one.loaded, 0);
    }
  }

  const shownName = (name) => name.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (char) => `\\u{${char.codePointAt(0).toString(16)}}`);

  // Said aloud: how many files are up, whenever that changes.
  function tell() {
    const count = (state) => uploads.filter((one) => one.state === state).length;
    document.getElementById("said").textContent = words.told
      .replace("{done}", count("done")).replace("{all}", uploads.length).replace("{failed}", count("failed"));
    document.getElementById("under-way").hidden = uploads.length === 0;
  }

  // One file at a time; its parts are what goes side by side.
  function next() {
    if (uploads.some((one) => one.state === "running")) return;
    const waiting = uploads.find((one) => one.state === "waiting");
    if (waiting) waiting.run();
  }

  function take(files) {
    [...files].forEach((file) => uploads.push(new Upload(file, words.folder + file.name)));
    uploads.forEach((one) => one.draw());
    tell();
    next();
  }

  if (panel) {
    const input = document.getElementById("files");
    input.addEventListener("change", () => { take(input.files); input.value = ""; });
    panel.addEventListener("dragover", (event) => { event.preventDefault(); panel.classList.add("over"); });
    panel.addEventListener("dragleave", () => panel.classList.remove("over"));
    panel.addEventListener("drop", (event) => {
      event.preventDefault();
      panel.classList.remove("over");
      take(event.dataTransfer.files);
    });
    window.addEventListener("beforeunload", (event) => {
      if (uploads.some((one) => ["waiting", "running"].includes(one.state))) event.preventDefault();
    });
  }
}
