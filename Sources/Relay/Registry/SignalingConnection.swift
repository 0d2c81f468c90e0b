// Says what the registry needs of a browser's connection, and what it keeps of one.
import AvatarProvider
import Basics
import Signaling

/// One browser connection, as the relay sees it: something to send to.
///
/// Everything is called on the registry's executor and returns at once. Nothing may call the registry back before it
/// returned; a connection that breaks is told later, by ``SessionRegistry/closed(_:)``.
public protocol SignalingConnection: Sendable {
  /// Its id, always the same.
  var id: ConnectionID { get }
  /// How long a ping to the browser and back took last; nil where that was not measured yet.
  var roundTripTime: Duration? { get }
  /// Sends a message; one that cannot be sent any more is dropped.
  func send(_ message: ServerMessage)
  /// Ends the connection. Ending one that is ending already does nothing.
  func close(_ code: CloseCode, reason: String)
  /// The call of a request as its client wrote it, where that was in the provider's own words; nil where it was not.
  func verbatimCall(of request: RequestID) -> VerbatimCall?
}

extension SignalingConnection {
  /// For connections that speak the relay's own protocol.
  public func verbatimCall(of request: RequestID) -> VerbatimCall? { nil }
}

/// A connection's id, unique for the life of the process and never used again.
public struct ConnectionID: Sendable, Hashable, CustomStringConvertible {
  private let value: UInt64
  /// Makes the id of that number; whoever accepts connections counts them.
  public init(_ value: UInt64) { self.value = value }
  public var description: String { String(value) }
}

/// What the end of a connection means for its sessions.
public enum ConnectionEnd: Sendable, Hashable {
  /// It was lost, or its client may come back: sessions wait for the grace time.
  case lost
  /// The client said that it is done (close code 1000, RFC 6455 section 7.4.1): its sessions are closed at once.
  case done
  /// Nobody will come back although nobody said so, or nobody may, since the server ended it with a code that says "stop":
  /// its sessions are closed at once.
  case vanished
}

/// A connection with what was asked on it. It is looked up anew after every `await`: nobody holds on to it.
final class ConnectionEntry {
  let connection: any SignalingConnection
  /// What was asked on it about no session of its own.
  var memory: AnswerMemory
  /// Its sessions, first opened first.
  var sessions: [SessionID] = []
  /// Where it comes from: a network, as whoever accepted it counts them.
  let address: String
  /// How many more wrong secrets it may show.
  var secretsTolerated: TokenBucket

  init(_ connection: any SignalingConnection, address: String, memory: AnswerMemory, secretsTolerated: TokenBucket) {
    self.connection = connection
    self.address = address
    self.memory = memory
    self.secretsTolerated = secretsTolerated
  }
}
