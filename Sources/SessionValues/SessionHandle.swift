// Holds by what a session is named at its provider, and what can be asked of it there.

/// The name of a session at its provider, opaque to everybody but the adapter that made it.
///
/// It may hold cookies and tokens of the session: it never reaches a client or a log, nothing of it is printed, and a
/// ledger that keeps it keeps its files from other users.
public struct SessionHandle: Sendable, Hashable, Codable, CustomStringConvertible, CustomReflectable {
  /// The provider's own id of the session; the only part by which it may be looked for.
  public var id: String
  /// What else the adapter needs for later calls (D-ID's cookie-shaped `session_id`); empty if nothing.
  public var routing: String
  /// Which of the adapter's contracts it was opened under, as `talks` or `agents/agt_1`.
  public var contract: String

  /// Only adapters and stores make handles.
  public init(id: String, routing: String = "", contract: String = "") {
    self.id = id
    self.routing = routing
    self.contract = contract
  }

  public var description: String { "(session handle)" }
  public var customMirror: Mirror { Mirror(self, children: []) }
}

/// What can be asked of a session.
public struct SessionCapabilities: Sendable, Hashable {
  /// Who can cut a talk off.
  public enum Interrupt: String, Sendable, Hashable {
    /// The relay asks the provider.
    case relay
    /// The browser sends a message on the data channel, which the provider's adapter has written.
    case dataChannel
    /// Nobody.
    case none
  }

  /// Who makes a talk of a text that comes part by part.
  public enum Parts: String, Sendable, Hashable {
    /// The provider takes the parts.
    case native
    /// The relay joins them into sentences, each of which is a talk of the provider.
    case joined
  }

  /// Whether a talk can be cut off, and by whom.
  public var interrupt: Interrupt
  /// Who makes a talk of a text that comes part by part.
  public var parts: Parts
  /// The provider has a call that keeps an idle session alive.
  public var extend: Bool
  /// Scripts may be SSML.
  public var ssml: Bool
  /// Scripts may be recordings.
  public var audio: Bool

  /// States what a session can do.
  public init(interrupt: Interrupt, parts: Parts = .joined, extend: Bool, ssml: Bool, audio: Bool) {
    self.interrupt = interrupt
    self.parts = parts
    self.extend = extend
    self.ssml = ssml
    self.audio = audio
  }
}

/// Who opens the data channel, and what travels on it.
public struct DataChannel: Sendable, Hashable {
  /// The side that calls W3C's `createDataChannel`.
  public enum Opener: String, Sendable, Hashable {
    /// The browser, before it describes itself.
    case client
    /// The provider.
    case provider
  }
  /// Whether messages are strings or bytes.
  public enum Frames: String, Sendable, Hashable {
    /// Strings.
    case text
    /// Bytes, which hold UTF-8.
    case binary
  }

  /// Who opens it.
  public var openedBy: Opener
  /// The label that the browser has to give a channel that it opens; nil where the provider opens it.
  public var label: String?
  /// What its messages are.
  public var frames: Frames

  /// Describes a channel.
  public init(openedBy: Opener, label: String?, frames: Frames) {
    self.openedBy = openedBy
    self.label = label
    self.frames = frames
  }
}
