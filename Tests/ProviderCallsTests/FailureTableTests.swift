// How a vendor's errors become one error.
import AvatarProvider
import ProviderHTTP
import ProviderTestSupport
import Testing

@testable import ProviderCalls

@Suite struct FailureTableTests {
  private let table = FailureTable(
    provider: "Vendor",
    rows: [
      .init(status: 400, vendorCode: "Gone", .sessionGone, "It is over."),
      .init(words: "TOO many", .sessionLimit, "The account is full."),
      .init(vendorCode: "7", stage: .opening, .avatarNotFound, "No such avatar."),
      .init(status: 403, vendorCode: .absent, .unauthorized, "A gateway speaks."),
    ])

  private func request(_ repeatability: ProviderRequest.Repeatability = .repeatable) -> ProviderRequest {
    ProviderRequest(
      method: "POST", url: "https://vendor.test/", headers: [(name: "X-Api-Key", value: "bWFpbA:s3cr3t-s3cr3t")],
      repeatability: repeatability)
  }

  private func code(
    _ status: Int, _ vendorCode: String? = nil, _ words: String = "", at stage: FailureTable.Stage = .inSession,
    _ repeatability: ProviderRequest.Repeatability = .repeatable
  ) -> ProviderFailure.Code {
    let report = VendorReport(status: status, code: vendorCode, words: words)
    return table.failure(report, to: request(repeatability), at: stage, retryAfter: nil).code
  }

  @Test func vendorsRowsComeFirst() {
    #expect(code(400, "Gone") == .sessionGone)
    #expect(code(404, "Gone") == .sessionGone, "by its status")
    #expect(code(500, "Gone") == .unavailable)
    #expect(code(400, "x", "There are tOO MANY sessions") == .sessionLimit)
    #expect(code(400, "7", at: .opening) == .avatarNotFound)
    #expect(code(400, "7") == .rejected)
    #expect(code(403) == .unauthorized)
    #expect(code(403, "Forbidden") == .permission)
  }

  @Test(arguments: [
    (301, ProviderFailure.Code.malformedReply), (400, .rejected), (401, .unauthorized), (402, .insufficientCredits),
    (404, .sessionGone), (408, .unavailable), (409, .notReady), (410, .sessionGone), (413, .rejected), (422, .rejected),
    (429, .rateLimited), (451, .moderation), (500, .unavailable), (503, .unavailable), (599, .unavailable),
    (200, .rejected),
  ])
  func statusesSpeakForThemselves(status: Int, expected: ProviderFailure.Code) {
    #expect(code(status) == expected)
  }

  @Test func unknownThingBeforeThereIsASessionIsNoSession() {
    #expect(code(404, at: .opening) == .avatarNotFound)
  }

  @Test(arguments: [408, 500, 502, 503, 504, 599], [FailureTable.Stage.opening, .inSession])
  func whatMustNotBeRepeatedMayHaveBeenDone(status: Int, stage: FailureTable.Stage) {
    #expect(code(status, nil, "busy", at: stage, .once) == .fateUnknown)
    #expect(code(status, "Other", "busy", at: stage, .once) == .fateUnknown)
    #expect(code(status, nil, "busy", at: stage) == .unavailable, "asking again does no harm")
    #expect(code(status, nil, "too many sessions", at: stage, .once) == .sessionLimit, "the vendor's own refusal")
  }

  @Test(
    arguments: [400, 401, 402, 403, 404, 409, 410, 413, 422, 425, 429, 451], [FailureTable.Stage.opening, .inSession])
  func refusalIsOne(status: Int, stage: FailureTable.Stage) {
    #expect(code(status, "x", "", at: stage, .once) == code(status, "x", "", at: stage))
    #expect(code(status, "x", "", at: stage, .once) != .fateUnknown)
  }

  @Test func successWithACodeThatNobodyKnowsIsNoRefusal() {
    #expect(code(200, "999", "", at: .opening, .once) == .fateUnknown)
    #expect(code(200, "7", "", at: .opening, .once) == .avatarNotFound)
    #expect(code(200, "999") == .rejected)
  }

  @Test func vendorsWordsAreKeptAndCut() {
    let report = VendorReport(status: 400, code: "Gone", words: String(repeating: "w", count: 9_000))
    let failure = table.failure(report, to: request(), at: .inSession, retryAfter: .seconds(5))
    #expect(failure.vendor?.status == 400)
    #expect(failure.vendor?.code == "Gone")
    #expect(failure.vendor?.message == String(repeating: "w", count: 500))
    #expect(failure.retryAfter == .seconds(5))
    #expect(failure.message == "Vendor: It is over.")
  }

  @Test(arguments: [
    "'bWFpbA:s3cr3t-s3cr3t' not a valid key=value pair in Authorization header", "the key s3cr3t-s3cr3t is wrong",
    "bWFpbA:s3cr3t-s3cr3t",
  ])
  func gatewayThatQuotesTheKeyIsNotRepeated(words: String) {
    let report = VendorReport(status: 403, code: words, words: words)
    let failure = table.failure(report, to: request(), at: .opening, retryAfter: nil)
    #expect(failure.vendor?.message?.contains("(secret)") == true)
    #expect(!printed(failure).contains("s3cr3t"))
  }
}
