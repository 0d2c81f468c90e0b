// Says what the relay asks of every provider; each adapter answers in its vendor's contract.
import SessionValues
import StrictJSON

/// A provider of streaming avatars.
///
/// All calls are made on the relay's event loop and must not block. An adapter keeps no state of a session: what later
/// calls need is in the ``SessionHandle``. Calls that are safe to repeat are repeated inside the adapter;
/// `open` and `speak` reach the provider at most once.
public protocol AvatarProvider: Sendable {
  var id: ProviderID { get }
  var traits: ProviderTraits { get }

  /// Checks a request for a session and says what it comes to, without sending anything, so that a mistake costs
  /// nothing. Each request is read here once; what is opened later is the plan.
  /// - Throws: `.rejected` that names the option, or `.notSupported`.
  func plan(_ request: OpenRequest) throws(ProviderFailure) -> SessionPlan

  /// The sessions that are open under the provider's key, whoever opened them.
  /// - Throws: `.notSupported` unless ``ProviderTraits/listsSessions``.
  func openSessions() async throws(ProviderFailure) -> SessionList

  /// Opens a session. From here on the provider may bill for it.
  /// - Throws: a failure whose ``ProviderFailure/remains`` says what may be open nonetheless.
  func open(_ plan: SessionPlan) async throws(ProviderFailure) -> ProviderSession

  /// Hands the browser's description over: the answer where the provider offered, the offer where it waits for one.
  /// - Returns: the provider's answer where the browser offered, otherwise nil.
  func describe(
    _ description: SessionDescription, in session: SessionHandle
  ) async throws(ProviderFailure) -> SessionDescription?

  /// Hands one of the browser's candidates over; nil says that there are no more.
  func add(_ candidate: IceCandidate?, in session: SessionHandle) async throws(ProviderFailure)

  /// Has the avatar speak. Sent at most once.
  /// - Throws: `.fateUnknown` when nobody can know whether it was accepted.
  func speak(_ script: Script, in session: SessionHandle) async throws(ProviderFailure) -> Talk

  /// Hands on a part of a talk whose text is still being written. Sent at most once, each after the one before it was
  /// accepted; asked for only where ``SessionCapabilities/parts`` is `native`.
  /// - Parameter talk: the id that the talk's first part was answered with; nil for the first, and where there is none.
  /// - Throws: `.fateUnknown` when nobody can know whether it was accepted.
  func speakPart(
    _ part: SpokenPart, of talk: String?, in session: SessionHandle
  ) async throws(ProviderFailure) -> Talk

  /// Says that such a talk is complete. Sent at most once.
  /// - Throws: `.fateUnknown` when nobody can know whether it was accepted.
  func speakEnd(_ end: SpokenEnd, of talk: String?, in session: SessionHandle) async throws(ProviderFailure)

  /// Cuts a talk off; nil means whatever is being said.
  func interrupt(talk: String?, in session: SessionHandle) async throws(ProviderFailure) -> Interruption

  /// Tells the provider that an idle session is still wanted.
  func extend(_ session: SessionHandle) async throws(ProviderFailure)

  /// Ends a session. Ending one that is gone already succeeds.
  func close(_ session: SessionHandle) async throws(ProviderFailure)

  /// Reads a data-channel message that the browser reported; nil for one that means nothing to the relay.
  func event(fromDataChannel message: String) -> ProviderEvent?
}

extension AvatarProvider {
  /// For providers that do not say it.
  public func openSessions() async throws(ProviderFailure) -> SessionList {
    throw ProviderFailure(.notSupported, "this provider does not say which sessions are open")
  }

  /// For providers that take whole texts.
  public func speakPart(
    _ part: SpokenPart, of talk: String?, in session: SessionHandle
  ) async throws(ProviderFailure) -> Talk {
    throw ProviderFailure(.notSupported, "this provider takes no parts of a text")
  }

  /// For providers that take whole texts.
  public func speakEnd(_ end: SpokenEnd, of talk: String?, in session: SessionHandle) async throws(ProviderFailure) {
    throw ProviderFailure(.notSupported, "this provider takes no parts of a text")
  }
}

/// A provider's short name, as `did` or `heygen`.
public struct ProviderID: Sendable, Hashable, RawRepresentable, ExpressibleByStringLiteral, CustomStringConvertible {
  /// The name.
  public let rawValue: String
  /// Takes a name as it was configured, or asked for.
  public init(rawValue: String) { self.rawValue = rawValue }
  /// The name of an adapter.
  public init(stringLiteral value: String) { rawValue = value }
  public var description: String { rawValue }
}

/// A talk that the provider accepted.
public struct Talk: Sendable, Hashable {
  /// The provider's id of the talk; nil where it gives none.
  public var id: String?
  /// How long it will play, where the provider says so.
  public var duration: Duration?
  /// Describes a talk, as a provider answered.
  public init(id: String?, duration: Duration?) {
    self.id = id
    self.duration = duration
  }
}

/// A part of a talk whose text is still being written. Its description never shows the words.
public struct SpokenPart: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
  /// Its place among the talk's parts as the provider gets them: 0 for the first, without gaps.
  public var index: Int
  /// What comes next; it is never blank.
  public var text: String
  /// The provider's own options of the talk, the same for all of its parts.
  public var options: JSONObject
  /// Describes a part.
  public init(index: Int, text: String, options: JSONObject) {
    self.index = index
    self.text = text
    self.options = options
  }
  public var description: String { "part \(index)" }
  public var customMirror: Mirror { Mirror(self, children: []) }
}

/// The end of a talk that was spoken in parts.
public struct SpokenEnd: Sendable, Hashable {
  /// One more than that of the last part; nil where nobody knows whether the last part arrived.
  public var index: Int?
  /// The provider's own options of the talk; empty where they are not known any more.
  public var options: JSONObject
  /// Describes an end.
  public init(index: Int?, options: JSONObject) {
    self.index = index
    self.options = options
  }
}

/// What has to happen for a talk to stop.
public enum Interruption: Sendable, Hashable {
  /// The provider was told; nothing is left to do.
  case done
  /// The browser has to send this text on the data channel.
  case sendOnDataChannel(String)
}

/// What a provider says is open.
public struct SessionList: Sendable, Hashable {
  /// In the provider's order.
  public var sessions: [ListedSession]
  /// The provider's time of day when it answered, in seconds since 1970; nil where it does not say. Its clock
  /// and this machine's may differ.
  public var time: Int64?

  /// Describes an answer.
  public init(_ sessions: [ListedSession], time: Int64? = nil) {
    self.sessions = sessions
    self.time = time
  }
}

/// One session of a provider's own list.
public struct ListedSession: Sendable, Hashable {
  /// By what it can be closed.
  public var handle: SessionHandle
  /// When the provider opened it by its own clock, in seconds since 1970; nil where it does not say.
  public var createdAt: Int64?

  /// Describes a session, as a provider listed it.
  public init(handle: SessionHandle, createdAt: Int64?) {
    self.handle = handle
    self.createdAt = createdAt
  }
}
