// The connection between the client and a relay that may be killed.
import Relay
import Signaling

/// Hands every message to the client as long as the relay lives and the connection stands.
struct KillConnection: SignalingConnection {
  let number: UInt64
  let client: KillClient
  let killSwitch: KillSwitch
  var id: ConnectionID { ConnectionID(number) }
  var roundTripTime: Duration? { nil }

  func send(_ message: ServerMessage) {
    guard !killSwitch.isDead else { return }
    client.assumeIsolated { $0.received(message) }
  }

  func close(_ code: CloseCode, reason: String) {}
}
