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
}
