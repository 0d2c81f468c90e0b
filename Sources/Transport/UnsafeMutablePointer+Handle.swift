// What all kinds of libuv's handles begin with.
import CTransport

extension UnsafeMutablePointer {
  /// The common beginning of a handle of any kind; only for libuv's own (docs.libuv.org, "uv_handle_t").
  var asHandle: UnsafeMutablePointer<uv_handle_t> {
    UnsafeMutableRawPointer(self).assumingMemoryBound(to: uv_handle_t.self)
  }
}
