// What a token says.
import Basics
import StrictJSON

/// The claims of a token. Absent lists and numbers mean "no restriction".
public struct AccessClaims: Sendable, Hashable {
  /// Bounds of what a token may say.
  public enum Bounds {
    public static let subjectBytes = 1...256
    public static let entryBytes = 1...2048
    public static let entries = 0...256
    public static let sessions: ClosedRange<Int64> = 1...100_000
    public static let budgetSeconds: ClosedRange<Int64> = 1...31_536_000
    /// NumericDate (RFC 7519 section 2), up to the year 5138.
    static let seconds = 0.0...100_000_000_000.0
  }

  /// Whom the sessions are counted for.
  public var subject: String
  /// Seconds since 1970 at which the token ends.
  public var expiry: Double
  public var notBefore: Double?
  public var issuedAt: Double?
  /// Whom the token is for (RFC 7519 section 4.1.3); nil where it says nothing that can be read.
  public var audience: [String]?
  /// Who made it.
  public var issuer: String?
  /// Names of providers.
  public var providers: [String]?
  /// Exact names of avatars, or beginnings that end in `*`.
  public var avatars: [String]?
  /// Origins of pages, as browsers send them.
  public var origins: [String]?
  /// Sessions at once.
  public var sessions: Int?
  /// Seconds of open sessions in all.
  public var budgetSeconds: Int?

  public init(subject: String, expiry: Double) {
    self.subject = subject
    self.expiry = expiry
  }

  /// Reads the claims; unknown ones are ignored (RFC 7519 section 4).
  /// - Throws: `.claimsInvalid`.
  init(_ object: JSONObject) throws(AccessTokenFailure) {
    guard let subject = object["sub"]?.string, Bounds.subjectBytes.contains(subject.utf8.count),
      let expiry = try Self.date(object["exp"])
    else { throw .claimsInvalid }
    self.subject = subject
    self.expiry = expiry
    notBefore = try Self.date(object["nbf"])
    issuedAt = try Self.date(object["iat"])
    // Only who asks for these two takes exception to their shape.
    audience = object["aud"]?.string.map { [$0] } ?? object["aud"]?.array?.compactMap(\.string)
    issuer = object["iss"]?.string
    providers = try Self.list(object["providers"])
    avatars = try Self.list(object["avatars"])
    // What no browser sends matches no page.
    origins = try Self.list(object["origins"])?.map { (try? WebOrigin(international: $0))?.text ?? $0 }
    sessions = try Self.integer(object["sessions"], in: Bounds.sessions)
    budgetSeconds = try Self.integer(object["budgetSeconds"], in: Bounds.budgetSeconds)
  }

  var json: JSONObject {
    var object: JSONObject = ["sub": .string(subject), "exp": Self.json(expiry)]
    object["nbf"] = notBefore.map(Self.json)
    object["iat"] = issuedAt.map(Self.json)
    object["aud"] = audience.map { .array($0.map { .string($0) }) }
    object["iss"] = issuer.map { .string($0) }
    object["providers"] = providers.map { .array($0.map { .string($0) }) }
    object["avatars"] = avatars.map { .array($0.map { .string($0) }) }
    object["origins"] = origins.map { .array($0.map { .string($0) }) }
    object["sessions"] = sessions.map { .integer(Int64($0)) }
    object["budgetSeconds"] = budgetSeconds.map { .integer(Int64($0)) }
    return object
  }

  /// True when a page of that origin may use the token; a client without one may not, where origins are listed.
  public func allows(origin: String?) -> Bool {
    guard let origins else { return true }
    return origin.map { origins.contains($0.lowercased()) } ?? false
  }

  private static func json(_ date: Double) -> JSONValue {
    date.rounded() == date ? .integer(Int64(date)) : .number(date)
  }

  private static func date(_ value: JSONValue?) throws(AccessTokenFailure) -> Double? {
    guard let value else { return nil }
    guard let seconds = value.double, Bounds.seconds.contains(seconds) else { throw .claimsInvalid }
    return seconds
  }

  private static func list(_ value: JSONValue?) throws(AccessTokenFailure) -> [String]? {
    guard let value else { return nil }
    let entries = value.array?.compactMap(\.string)
    guard let entries, entries.count == value.array?.count, Bounds.entries.contains(entries.count),
      entries.allSatisfy({ Bounds.entryBytes.contains($0.utf8.count) })
    else { throw .claimsInvalid }
    return entries
  }

  private static func integer(
    _ value: JSONValue?, in range: ClosedRange<Int64>
  ) throws(AccessTokenFailure) -> Int? {
    guard let value else { return nil }
    guard let integer = value.integer, range.contains(integer) else { throw .claimsInvalid }
    return Int(integer)
  }
}
