// What the relay needs of a browser's connection.
import Signaling

/// One browser connection, as the relay sees it: something to send to.
///
/// Everything is called on the registry's executor and return at once. Nothing may call the registry back before it
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
}
