"use strict";

// The document names the API's real address, so that what the page shows (curl, request URL) is good elsewhere too.
// Every call goes to the proxy, which adds the login; the page's security policy lets nothing go anywhere else.
const api = document.body.dataset.api;
const proxy = new URL("api", document.baseURI).href;

function throughProxy(request) {
  if (!request.loadSpec) {
    if (!api || !request.url.startsWith(api)) {
      throw new Error(`not a call of this API: ${request.url}`);
    }
    request.url = proxy + request.url.slice(api.length);
  }
  return request;
}

// The filter finds operations by all words that are typed, wherever they stand: tag, path, name, summary, description.
function byWords(taggedOperations, phrase) {
  const words = phrase.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = (tag) => (entry) => {
    const told = ["operationId", "summary", "description"].map((key) => entry.getIn(["operation", key]) || "");
    const text = [tag, entry.get("method"), entry.get("path"), ...told].join(" ").toLowerCase();
    return words.every((word) => text.includes(word));
  };
  return taggedOperations
    .map((group, tag) => group.update("operations", (entries) => entries.filter(fits(tag))))
    .filter((group) => group.get("operations").size > 0);
}

// The proxy adds the login to a call. Its curl line, which goes to the API itself, has it where the call fails without
// one, and where somebody who is logged in here sees more than others.
function withLogin(request, document) {
  const url = new URL(request.get("url"));
  const path = request.get("url").slice(api.length).split(/[?#]/)[0];
  const told = login(document.paths || {}, path, String(request.get("method")).toLowerCase());
  const values = Object.entries(document["x-nomad-login-values"] || {});
  const asked = values.some(([where, hidden]) => hidden.includes(valueAt(where, url, request.get("body"))));
  return told === "needed" || asked || (told === "more" && window.document.body.dataset.login === "known");
}

function login(paths, path, method) {
  const fits = (template) => new RegExp(`^${template.replace(/[.*+?^$()|[\]\\]/g, "\\$&").replace(/\{[^/]*?\}/g, "[^/]+")}$`);
  const found = Object.keys(paths).filter((template) => paths[template][method] && fits(template).test(path));
  found.sort((one, other) => one.split("{").length - other.split("{").length); // what is named before what is filled in
  return found.length ? paths[found[0]][method]["x-nomad-login"] : "";
}

function valueAt(where, url, body) {
  const [head, ...fields] = where.split("/");
  if (!fields.length) return url.searchParams.get(head) || valueAt(`body/${head}`, url, body);
  try {
    return fields.reduce((inner, field) => (inner || {})[field], typeof body === "string" ? JSON.parse(body) : {});
  } catch {
    return undefined; // not JSON, so it says nothing about whose
  }
}

function curlOf({ fn, specSelectors }) {
  return {
    fn: {
      requestSnippetGenerator_nomad: (request) => {
        const line = fn.requestSnippetGenerator_curl_bash(request);
        if (!withLogin(request, specSelectors.specJson().toJS())) return line;
        return line.replace(" \\\n", ' \\\n  -H "Authorization: Bearer $NOMAD_TOKEN" \\\n'.replaceAll("$", "$$$$"));
      },
    },
  };
}

SwaggerUIBundle({
  url: "document.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  docExpansion: "list",
  filter: true,
  plugins: [{ fn: { opsFilter: byWords } }, curlOf],
  requestInterceptor: throughProxy,
  requestSnippetsEnabled: true,
  requestSnippets: { generators: { nomad: { title: "curl", syntax: "bash" } }, defaultExpanded: true, languages: ["nomad"] },
  showMutatedRequest: false,
  supportedSubmitMethods: api ? ["get", "put", "post", "delete", "options", "head", "patch"] : [],
  validatorUrl: null,
});
