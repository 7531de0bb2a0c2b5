/** The page before its script has filled it. Nothing in it is a script or a style, so that the policy can forbid both. */
export function pageHtml(title: string): string {
  const name = escaped(title);
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <title>${name}</title>
    <link rel="icon" type="image/svg+xml" href="?part=icon" />
    <link rel="stylesheet" href="?part=style" />
    <script src="?part=script" defer></script>
  </head>
  <body>
    <a class="unseen" href="#events-heading">To the events</a>
    <header>
      <div>
        <h1>${name}</h1>
        <p id="overall" role="status">Connecting</p>
      </div>
      <p id="connection" role="status" data-state="connecting"></p>
    </header>
    <noscript><p>This page shows what changes as it changes, and needs JavaScript for that.</p></noscript>
    <div id="columns">
      <main>
        <section aria-labelledby="accounts-heading">
          <h2 id="accounts-heading">Accounts</h2>
          <ul id="accounts" class="cards"></ul>
          <p id="no-accounts" class="empty" hidden>There is no account in the options.</p>
        </section>
        <section id="looked-up" aria-labelledby="looked-up-heading" hidden>
          <h2 id="looked-up-heading" tabindex="-1">Looked up by the app</h2>
          <dl id="counts"></dl>
          <ul id="troubled" class="cards"></ul>
          <p id="not-shown" class="empty" hidden></p>
        </section>
      </main>
      <aside aria-label="What is next, and what was">
        <section aria-labelledby="planned-heading">
          <h2 id="planned-heading">Next</h2>
          <ol id="planned"></ol>
          <p id="no-planned" class="empty">Nothing is planned.</p>
        </section>
        <section aria-labelledby="events-heading">
          <h2 id="events-heading" tabindex="-1">Events</h2>
          <div id="events" role="log" aria-labelledby="events-heading" tabindex="0"><ol></ol></div>
          <p id="no-events" class="empty">Nothing has happened yet.</p>
        </section>
      </aside>
    </div>
  </body>
</html>
`;
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escaped = (text: string): string => text.replaceAll(/[&<>"]/g, (character) => ESCAPES[character]!);
