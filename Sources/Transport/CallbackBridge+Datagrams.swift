// Where libuv calls Swift on behalf of datagram sockets.
import CTransport

extension CallbackBridge {
  static let datagramsWaiting: uv_poll_cb = { handle, _, _ in
    object(handle!.pointee.data, as: DatagramSocket.self).takeWaiting()
  }
  static let datagramSocketClosed: uv_close_cb = { handle in
    object(handle!.pointee.data, as: DatagramSocket.self).didClose()
  }
}
