// How people write the origins of pages, and how browsers do.
import Basics
import Testing

@Suite struct WebOriginTests {
  @Test("Each has the form in which browsers send it", arguments: [
    ("https://shop.example", "https://shop.example"), ("https://shop.example:443", "https://shop.example"),
    ("http://shop.example:80", "http://shop.example"), ("http://shop.example:443", "http://shop.example:443"),
    ("https://shop.example:0443", "https://shop.example"), (" HTTPS://Shop.Example:8443\t", "https://shop.example:8443"),
    ("https://a_b.example.", "https://a_b.example."), ("http://192.0.2.7:8080", "http://192.0.2.7:8080"),
    ("http://[2001:DB8:0:0:1:0:0:1]:80", "http://[2001:db8::1:0:0:1]"), ("http://[::FFFF:192.0.2.1]", "http://[::ffff:c000:201]"),
    ("http://[1:0:2:0:3:0:4:0]", "http://[1:0:2:0:3:0:4:0]"), ("http://[0:0:0:0:0:0:0:1]", "http://[::1]"),
    ("https://xn--mnchen-3ya.example", "https://xn--mnchen-3ya.example"),
  ])
  func sites(written: String, sent: String) throws {
    let origin = try WebOrigin(written)
    #expect(origin.text == sent && origin.kind == .site)
    #expect(try WebOrigin(origin.text) == origin)
  }

  @Test("Apps have schemes of their own", arguments: [
    "capacitor://localhost", "app://page", "chrome-extension://abcdefghijklmnop", "tauri://localhost:80", "app://.",
  ])
  func apps(written: String) throws {
    let origin = try WebOrigin(written)
    #expect(origin.text == written && origin.kind == .app)
  }

  @Test("Some origins are anybody's", arguments: ["null", "NULL", "file://"])
  func anyone(written: String) throws { #expect(try WebOrigin(written).kind == .anyone) }

  @Test("What no browser sends is refused, with the right form where there is one", arguments: [
    ("", "scheme"), ("shop.example", "scheme"), ("//shop.example", "scheme"), ("1http://a", "scheme"),
    ("https://", "host"), ("https://:443", "host"), ("https://shop.example/", "https://shop.example"),
    ("https://shop.example/a?b#c", "write https://shop.example"), ("https://shop.example:", "write https://shop.example,"),
    ("https://shop.example:0", "port"), ("https://shop.example:65536", "port"), ("https://shop.example:+80", "port"),
    ("https://*.example", "wildcard"), ("https://anna@shop.example", "user"), ("https://a.example,https://b.example", "list"),
    ("wss://shop.example:8443", "write https://shop.example:8443"), ("ws://shop.example", "write http://shop.example"),
    ("https://a..example", "empty part"), ("https://.", "empty part"), ("https://a%20b", "characters"),
    ("http://127.1", "four"), ("http://010.0.0.1", "four"), ("http://0x7f000001", "four"), ("http://1.2.3.256", "four"),
    ("http://[::1", "bracket"), ("http://[::1]x", "after"), ("http://[::1%25eth0]", "IPv6"), ("http://[1::2::3]", "IPv6"),
    ("http://[1:2:3:4:5:6:7:8:9]", "IPv6"), ("http://[1:2:3:4:5:6:7::8]x", "after"), ("http://[12345::]", "IPv6"),
    ("https://münchen.example", "xn--"), ("data:text/html,x", "null"), ("file:///home/x.html", "null"),
    ("ftp://a.example", "no page"), ("app://", "host"),
  ])
  func refused(written: String, reason: String) {
    #expect {
      try WebOrigin(written)
    } throws: { error in
      let words = (error as? WebOrigin.Refusal)?.reason ?? ""
      return words.contains(reason)
    }
  }
}
