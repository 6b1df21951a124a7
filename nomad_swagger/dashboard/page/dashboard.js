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

SwaggerUIBundle({
  url: "document.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  docExpansion: "list",
  filter: true,
  plugins: [{ fn: { opsFilter: byWords } }],
  requestInterceptor: throughProxy,
  showMutatedRequest: false,
  supportedSubmitMethods: api ? ["get", "put", "post", "delete", "options", "head", "patch"] : [],
  validatorUrl: null,
});
