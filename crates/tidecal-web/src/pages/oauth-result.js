// Tells the page that opened this window how the consent went, then closes the window. Only a page of
// this very origin hears it.
(() => {
  const result = document.getElementById("result");
  if (!result || !window.opener) return;
  window.opener.postMessage(JSON.parse(result.dataset.message), location.origin);
  window.close();
})();
