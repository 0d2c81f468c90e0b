// Keys in headers, and out of everything else.
import AvatarProvider
import Basics
import ProviderHTTP
import ProviderTestSupport
import Testing

@testable import ProviderCalls

@Suite struct CredentialTests {
  @Test(arguments: ["key", " key\n", "\tkey\r\n"])
  func whiteSpaceAroundAKeyIsDropped(text: String) throws {
    #expect(try Credential.headerValue(of: Secret(text)) == "key")
  }

  @Test(arguments: ["", " \n", "key\r\nX-Other: 1", "ke\u{0}y", "kéy", "key\u{7F}x"])
  func keyThatCannotStandInAHeaderIsRefusedWithoutBeingShown(text: String) async {
    let failure = await failure { () throws(ProviderFailure) in try Credential.headerValue(of: Secret(text)) }
    #expect(failure?.code == .unauthorized)
    #expect(text.count < 3 || !printed(failure).contains(text))
  }

  @Test func everyFormOfACredentialIsTakenOut() {
    let request = ProviderRequest(
      method: "GET", url: "http://vendor.test",
      headers: [(name: "authorization", value: "Bearer token-one"), (name: "X-API-KEY", value: "k:long-enough:x")],
      repeatability: .once)
    let text = request.withoutCredentials("Bearer token-one, token-one, k:long-enough:x, long-enough, x, Bearer")
    #expect(text == "(secret), (secret), (secret), (secret), x, Bearer")
    #expect(!printed(QuotedCredentials(of: request)).contains("token-one"))
  }

  /// As writers of JSON and of URLs put it, and both in one another.
  @Test(arguments: [
    "sk_a/b+c==", "sk_a\\/b+c==", "sk_a/b+c\\u003d\\u003D", "sk_a\\u002Fb\\u002bc\\u003d=", "\\u0073k_a/b+c==", "sk_a%2Fb%2bc%3D%3d",
    "sk_a\\\\/b+c\\\\u003d=", "%73k_a/b+c%3d=",
  ])
  func aCredentialIsTakenOutHoweverItIsWritten(form: String) {
    let request = ProviderRequest(
      method: "GET", url: "http://vendor.test", headers: [(name: "Authorization", value: "Basic sk_a/b+c==")],
      repeatability: .once)
    #expect(request.withoutCredentials("{\"a\":\"\(form)\",\(form)") == "{\"a\":\"(secret)\",(secret)")
    #expect(request.withoutCredentials("Basic \(form)") == "(secret)")
  }

  @Test(arguments: ["sk_a/b+c=", "sk_a/b+c\\u003", "sk_a/b+c=%3", "sk_a/b+c=\\", "\\", "%", "%73", "sk_a/b+c=\\u00e9"])
  func whatIsNoneStays(text: String) {
    let request = ProviderRequest(
      method: "GET", url: "http://vendor.test", headers: [(name: "Authorization", value: "Basic sk_a/b+c==")],
      repeatability: .once)
    #expect(request.withoutCredentials(text) == text)
  }
}
