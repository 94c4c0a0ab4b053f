// Passkeys: what the page asks the browser for. An element `data-passkey="get"` or `"create"` names where it begins
// (`data-begin`) and ends (`data-end`); it is shown only where the browser has passkeys. Everything else works without.

const decoded = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
const encoded = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes)))
  .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const decodedIds = (list) => (list ?? []).map((one) => ({ ...one, id: decoded(one.id) }));

const ask = async (address, body) => {
  const told = await fetch(address, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json" },
    body: JSON.stringify(body),
  });
  const said = await told.json();
  if (told.ok) return said;
  if (["sign_in_needed", "prove_again"].includes(said.code)) location.reload(); // the page leads to the form
  throw new Error(document.documentElement.lang.startsWith("zh") ? said.zh : said.en);
};

const created = async (options) => {
  const publicKey = { ...options, challenge: decoded(options.challenge) };
  publicKey.user = { ...options.user, id: decoded(options.user.id) };
  publicKey.excludeCredentials = decodedIds(options.excludeCredentials);
  const made = await navigator.credentials.create({ publicKey });
  return {
    id: made.id, rawId: encoded(made.rawId), type: made.type,
    response: {
      clientDataJSON: encoded(made.response.clientDataJSON),
      attestationObject: encoded(made.response.attestationObject),
      transports: made.response.getTransports?.() ?? [],
    },
  };
};

const got = async (options) => {
  const publicKey = { ...options, challenge: decoded(options.challenge) };
  publicKey.allowCredentials = decodedIds(options.allowCredentials);
  const { id, rawId, type, response } = await navigator.credentials.get({ publicKey });
  return {
    id, rawId: encoded(rawId), type,
    response: {
      clientDataJSON: encoded(response.clientDataJSON),
      authenticatorData: encoded(response.authenticatorData),
      signature: encoded(response.signature),
      userHandle: response.userHandle ? encoded(response.userHandle) : null,
    },
  };
};

const use = async (part) => {
  const { passkey, begin, end, next, unfinished } = part.dataset;
  const trouble = part.querySelector("[role=alert]");
  const button = part.querySelector("button");
  trouble.hidden = true;
  button.disabled = true;
  try {
    const options = await ask(begin, {});
    const credential = await (passkey === "create" ? created : got)(options);
    const { onward } = await ask(end, { credential, next, name: part.querySelector("input")?.value });
    location.assign(onward);
  } catch (error) {
    trouble.textContent = error instanceof DOMException ? unfinished : error.message;
    trouble.hidden = false;
  } finally {
    button.disabled = false;
  }
};

for (const part of document.querySelectorAll("[data-passkey]")) {
  if (!window.PublicKeyCredential) continue;
  part.hidden = false;
  part.addEventListener("submit", (event) => {
    event.preventDefault();
    use(part);
  });
}
