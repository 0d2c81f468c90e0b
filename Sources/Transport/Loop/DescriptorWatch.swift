// Tells when the descriptor of another library can be read or written.
import CTransport

/// Tells when a descriptor can be read or written. It is made and used on the loop's thread, and ends with the loop.
public final class DescriptorWatch: @unchecked Sendable {
  private let loop: EventLoop
  private let onReady: @Sendable (_ isReadable: Bool, _ isWritable: Bool) -> Void
  /// Nil once it is closed.
  private var handle: UnsafeMutablePointer<uv_poll_t>?
  private var events: Int32 = 0

  /// Watches for nothing yet.
  /// - Parameters:
  ///   - descriptor: not watched by anything else; it must stay open until ``close()`` was called.
  ///   - onReady: called on the loop. An error of the descriptor counts as both: reading or writing then tells which.
  /// - Returns: nil when the loop is stopping or the system cannot watch such a descriptor.
  public init?(
    _ descriptor: Int32, on loop: EventLoop,
    onReady: @escaping @Sendable (_ isReadable: Bool, _ isWritable: Bool) -> Void
  ) {
    self.loop = loop
    self.onReady = onReady
    guard loop.isCurrent, !loop.isStopping else { return nil }
    let handle = UnsafeMutablePointer<uv_poll_t>.allocate(capacity: 1)
    guard uv_poll_init(loop.uvLoop, handle, descriptor) == 0 else {
      handle.deallocate()
      return nil
    }
    handle.pointee.data = CallbackBridge.pointer(to: self)
    self.handle = handle
    loop.descriptorWatches[ObjectIdentifier(self)] = self
  }

  /// From now on watches for these events only.
  public func want(readable: Bool, writable: Bool) {
    events = (readable ? Int32(UV_READABLE.rawValue) : 0) | (writable ? Int32(UV_WRITABLE.rawValue) : 0)
    arm()
  }

  /// Stops to watch; the descriptor may be closed right afterwards.
  public func close() {
    guard let handle else { return }
    self.handle = nil
    uv_close(handle.asHandle, CallbackBridge.freePollHandle)
    loop.descriptorWatches[ObjectIdentifier(self)] = nil
  }

  func ready(status: Int32, events: Int32) {
    // libuv stops a handle by itself when it meets an error.
    if status < 0 { arm() }
    onReady(
      status < 0 || events & Int32(UV_READABLE.rawValue) != 0, status < 0 || events & Int32(UV_WRITABLE.rawValue) != 0)
  }

  private func arm() {
    guard let handle else { return }
    if events == 0 { uv_poll_stop(handle) } else { uv_poll_start(handle, events, CallbackBridge.descriptorReady) }
  }
}
