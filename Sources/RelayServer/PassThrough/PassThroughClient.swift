// Stands for a page that speaks a vendor's API: to the sessions it is a connection, which lives on what the page calls.
import AvatarProvider
import Basics
import Relay
import Signaling
import Wire

/// A call as its page wrote it.
struct PageWords: Sendable {
  let body: [UInt8]
  let details: VerbatimDetails

  /// - Parameter path: where it goes at the vendor, where that is for the page to say.
  init(_ request: HTTPRequest, _ dialect: any VendorDialect, _ caller: PassThroughCaller, to path: [String]? = nil) {
    body = request.body
    details = VerbatimDetails(
      path: path, connection: caller.connection,
      fields: dialect.ownFields.reduce(into: [:]) { $0[$1] = request.headers[$1] })
  }
}

/// A call of a page that waits for its answer.
struct PendingCall {
  /// The call in the page's own words; nil for what is asked in its name.
  let words: VerbatimCall?
  /// Whether it is a talk, which may be billed whatever is heard of it.
  let isTalk: Bool
  /// The vendor's own reply, once it is here.
  var reply: VerbatimReply?
  let waiter: CheckedContinuation<CallOutcome, Never>
}

/// What became of a call: what the relay says of it, and what the vendor said where it was asked.
struct CallOutcome: Sendable {
  let result: Result<CallResult, SignalingError>
  let reply: VerbatimReply?
}

/// A page with the one session that it opened, or is about to.
struct PassThroughClient {
  let opener: PassThroughCaller
  /// How much it may call.
  var conduct: ConnectionConduct
  /// The latest token that it showed, and what it permits; nil where none is asked for.
  var shown: PassThroughCaller?
  var lastRequest: Int64 = 0
  var pending: [RequestID: PendingCall] = [:]
  /// How many calls wait for their answers that the registry is not asked for.
  var asides = 0
  /// The session, once it is open.
  var session: OpenedPassThrough?
  /// The page has sent its answer.
  var isDescribed = false
  /// Its talk was accepted, so its media is connected.
  var isLive = false
  /// The relay has ended the connection or the session; it goes once no call waits any more.
  var isOver = false
  /// Since when it has not called.
  var silentSince: MonotonicInstant?
  /// The task that waits for the end of its silence.
  var alarm: Task<Void, Never>?

  init(openedBy opener: PassThroughCaller, _ conduct: ConnectionConduct) {
    self.opener = opener
    self.conduct = conduct
  }

  /// The id of its next request.
  mutating func nextRequest() -> RequestID {
    lastRequest += 1
    return RequestID(lastRequest)
  }
}

/// A session that a page has opened.
struct OpenedPassThrough: Sendable {
  let id: SessionID
  /// By what the page names it: the vendor's own id.
  let name: VendorSessionName
  let isRoom: Bool
  /// After how much silence of its page it is ended; nil where it may be silent for ever.
  let silence: Duration?
}

/// The name of a session at its vendor.
struct VendorSessionName: Sendable, Hashable {
  let provider: String
  let id: String
}

/// The page as the registry sees it.
struct PassThroughConnection: SignalingConnection {
  let id: ConnectionID
  let pages: PageConnections

  /// Nothing is measured: there is no connection that stays.
  var roundTripTime: Duration? { nil }

  func send(_ message: ServerMessage) { pages.assumeIsolated { $0.heard(message, for: id) } }

  func close(_ code: CloseCode, reason: String) { pages.assumeIsolated { $0.ended(id) } }

  func verbatimCall(of request: RequestID) -> VerbatimCall? {
    pages.assumeIsolated { $0.words(of: request, for: id) }
  }
}
