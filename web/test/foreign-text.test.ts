import { describe, expect, test } from "vitest";
import { guideUrl, httpUrl, linkPieces, meetingName } from "../src/text/links";
import { plainText } from "../src/text/plain";
import { matches } from "../src/text/search";
import { instance } from "./instances";

describe("descriptions", () => {
  test("plain text stays as it is", () => {
    expect(plainText("Room 4\r\nif a < b and c > d\n")).toBe("Room 4\nif a < b and c > d");
  });

  test("the markup of vendors becomes lines", () => {
    expect(plainText("<p>Agenda:</p><ul><li>Numbers</li><li>Open &amp; late</li></ul><p>See you<br>there</p>")).toBe("Agenda:\n\n• Numbers\n• Open & late\n\nSee you\nthere");
  });

  test("scripts, styles and comments vanish, with what is in them", () => {
    expect(plainText('<b>Hi</b><script>alert("x")</script><style>b{}</style><!-- no --> there')).toBe("Hi there");
    expect(plainText('<img src=x onerror="alert(1)">ok<script>unclosed')).toBe("ok");
  });

  test("a link keeps label and target when they differ", () => {
    expect(plainText('<a href="https://example.com/a">notes</a>')).toBe("notes (https://example.com/a)");
    expect(plainText('<a href="https://example.com/a">https://example.com/a</a>')).toBe("https://example.com/a");
    expect(plainText('<a href="javascript:alert(1)">press</a>')).toBe("press");
  });

  test("entities are decoded once and only to characters", () => {
    expect(plainText("&lt;b&gt; &#252; &#x1F600; &#0;&unknown; &amp;lt;")).toBe("<b> ü 😀 &unknown; &lt;");
  });
});

describe("links", () => {
  test("only http and https without credentials", () => {
    expect(httpUrl("https://meet.example.com/x")).toBe("https://meet.example.com/x");
    for (const bad of ["javascript:alert(1)", " JAVASCRIPT:alert(1)", "data:text/html,x", "ftp://example.com", "https://bank.example@evil.test/", "//evil.test", "https://", "", null]) expect(httpUrl(bad)).toBeNull();
  });

  test("guides may also be paths of this site, not of another", () => {
    expect(guideUrl("/docs/guide#rate")).toBe("/docs/guide#rate");
    for (const bad of ["//evil.test/x", "/\\evil.test", "javascript:1"]) expect(guideUrl(bad)).toBeNull();
  });

  test("addresses in text, without the sentence's punctuation", () => {
    expect(linkPieces("See https://example.com/a, or (https://example.com/b).")).toEqual([
      { text: "See ", href: null },
      { text: "https://example.com/a", href: "https://example.com/a" },
      { text: ", or (", href: null },
      { text: "https://example.com/b", href: "https://example.com/b" },
      { text: ").", href: null },
    ]);
  });

  test("meeting services by host, not by what is in the path", () => {
    expect(meetingName("https://us02web.zoom.us/j/1")).toBe("Zoom");
    expect(meetingName("https://evil.test/meet.google.com")).toBe("evil.test");
    expect(meetingName("https://notzoom.us/")).toBe("notzoom.us");
  });
});

test("the search folds case and accents and looks at place and people", () => {
  const event = instance({ title: "Déjeuner", location: "Café Orient", attendees: [{ email: "lea@example.org", name: "Léa" }] });
  for (const query of ["dejeuner", "CAFE orient", "lea@", "  ", "déj caf"]) expect(matches(event, query)).toBe(true);
  expect(matches(event, "dejeuner tokyo")).toBe(false);
});
