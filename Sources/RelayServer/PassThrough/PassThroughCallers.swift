// Decides who calls a vendor's API here: by the token that stands in place of a key, or by one that was handed out for a session.
import Basics
import Cryptography
import Relay
import Signaling
import Transport
import Wire

/// Who makes a call.
struct PassThroughCaller: Sendable {
  /// The token that it showed itself, or by which it got the one that it shows; nil where none is asked for.
  let token: JoinToken?
  /// What that permits; nil where none is asked for.
  let permit: Permit?
  /// The token for one session that it shows; nil where it shows another.
  let handed: String?
  /// Whom its calls are counted for.
  let subject: Subject
  /// The name of its connection, as its vendor is told it; nil where it shows none.
  let connection: String?

  /// Whether it finds a session that another opened: its subject has to be the same, and a token for one session finds
  /// that session alone.
  func mayUse(sessionOf other: PassThroughCaller) -> Bool {
    isOfSubject(of: other) && (handed == nil || handed == other.handed)
  }

  private func isOfSubject(of other: PassThroughCaller) -> Bool {
    switch (permit, other.permit) {
    case (nil, nil): true
    case (let own?, let theirs?): own.subject.isExactly(theirs.subject)
    case (nil, _?), (_?, nil): false
    }
  }
}

/// The callers' tokens. Those that are handed out in the vendor's place are good for one session of whoever asked for them.
struct PassThroughCallers: Sendable {
  /// Most tokens that are handed out and not forgotten yet.
  static let maximumHanded = 10_000
  /// Most of them of one token's subject, so that nobody takes all. Without tokens nobody can be told from others.
  static let maximumHandedPerSubject = 1000
  /// How long one is good.
  static let handedTime = Duration.seconds(3600)

  private struct Handed {
    let token: JoinToken?
    let subject: Subject
    let end: MonotonicInstant
    var isUsed = false
  }

  /// Who reads tokens; nil where none are in use.
  var gate: TokenGate?
  /// Whether a caller that shows no name of its connection is told to the vendor under one all the same, lest it hears on its
  /// notifications socket what is for others.
  private let namesAll: Bool
  private let clock: any MonotonicClock
  private var identifiers = RandomIdentifiers()
  private var handed: [String: Handed] = [:]
  /// How many each subject has.
  private var handedTo = Tally<Subject>()
  /// When the first of them ends; nil where that is not known.
  private var firstEnd: MonotonicInstant?

  init(gate: TokenGate?, namesAll: Bool, clock: any MonotonicClock) {
    self.gate = gate
    self.namesAll = namesAll
    self.clock = clock
  }

  /// Who makes a call.
  /// - Throws: `access.required` or `access.denied`.
  func caller(_ request: HTTPRequest, from network: PeerNetwork) throws(SignalingError) -> PassThroughCaller {
    let shown = JoinToken(inPlaceOfKey: request.headers)
    let id = ConnectionName.shown(in: request.headers) ?? (namesAll ? "" : nil)
    let own = shown.flatMap { handed[$0.value] }
    if let own, own.end <= clock.now { throw SignalingError(.accessDenied, "expired") }
    let name = own == nil ? nil : shown?.value
    guard let gate else {
      return PassThroughCaller(
        token: nil, permit: nil, handed: name, subject: .address(network.description),
        connection: id.map { ConnectionName.told(of: $0, by: nil) })
    }
    guard let token = own == nil ? shown : own?.token else {
      throw SignalingError(.accessRequired, "a token is to stand where the vendor has its key")
    }
    let permit = try gate.permit(for: token, from: request.headers["Origin"], at: clock.now)
    return PassThroughCaller(
      token: token, permit: permit, handed: name, subject: .token(permit.subject),
      connection: id.map { ConnectionName.told(of: $0, by: permit.subject) })
  }

  /// Hands a token out that is good for one session of a caller; who shows one itself gets no other.
  mutating func handOut(to caller: PassThroughCaller) throws(SignalingError) -> String {
    guard caller.handed == nil else { throw SignalingError(.accessDenied, "notForTokens") }
    if !hasRoom(for: caller) { forgetOld() }
    guard hasRoom(for: caller) else {
      let wait = clock.now.duration(to: firstEnd ?? clock.now.advanced(by: Self.handedTime))
      throw SignalingError(.requestOverload, "too many tokens were handed out", retryAfterMs: wait.milliseconds)
    }
    let text = identifiers.makeSecret().value
    let end = clock.now.advanced(by: Self.handedTime)
    handed[text] = Handed(token: caller.token, subject: caller.subject, end: end)
    handedTo.add(1, to: caller.subject)
    firstEnd = firstEnd ?? end
    return text
  }

  private func hasRoom(for caller: PassThroughCaller) -> Bool {
    let share = caller.permit == nil ? Self.maximumHanded : Self.maximumHandedPerSubject
    return handed.count < Self.maximumHanded && handedTo[caller.subject] < share
  }

  /// Looks through them only where that frees something.
  private mutating func forgetOld() {
    let now = clock.now
    guard let first = firstEnd, first <= now else { return }
    handed = handed.filter { $0.value.end > now }
    handedTo = handed.values.reduce(into: Tally()) { $0.add(1, to: $1.subject) }
    firstEnd = handed.values.map(\.end).min()
  }

  /// A caller is about to open a session.
  mutating func use(_ caller: PassThroughCaller) throws(SignalingError) {
    guard let name = caller.handed, let token = handed[name] else { return }
    guard !token.isUsed else { throw SignalingError(.accessDenied, "used") }
    handed[name]?.isUsed = true
  }

  /// No session was opened for a caller, as everybody knows: it may try again.
  mutating func giveBack(to caller: PassThroughCaller) {
    if let name = caller.handed { handed[name]?.isUsed = false }
  }
}

/// The id that D-ID's client SDK puts behind its key, which calls and the notifications socket of a page have in common
/// (de-id/agents-sdk, `auth/get-auth-header.ts`).
enum ConnectionName {
  /// The id behind `~`, or behind the last dot of a client key; nil where there is none.
  static func shown(in headers: HTTPHeaders) -> String? {
    let words = headers["Authorization"]?.split(separator: " ") ?? []
    guard words.count == 2 else { return nil }
    if words[0].lowercased() == "client-key" { return ClientKey(words[1]).id }
    let id = words[1].firstIndex(of: "~").map { words[1][words[1].index(after: $0)...] }
    return id.flatMap { $0.isEmpty ? nil : String($0) }
  }

  /// The name that the vendor is told in its place. It is the same in all relays, and no subject can choose an id that gives
  /// another's: the vendor routes by it what is said to whom.
  static func told(of id: String, by subject: String?) -> String {
    let digest = SHA256.digest(of: Array((subject ?? "").utf8) + [0] + Array(id.utf8))
    return Base64URL.encode(digest)
  }
}
