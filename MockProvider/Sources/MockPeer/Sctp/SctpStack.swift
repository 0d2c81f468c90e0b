// Owns usrsctp, which has one state for the whole process.
import Basics
import CMockPeer
import Glibc

/// Every call into usrsctp, one at a time, whichever event loop makes it.
///
/// usrsctp runs without threads of its own. What it wants to send or tell is put aside under the number of the
/// association, which C has in place of a pointer, and is taken by the association's own event loop: at once when that
/// loop made the call, by its wake-up closure when another loop's timer did.
enum SctpStack {
  /// What waits for an association's loop.
  struct Pending {
    var packets: [[UInt8]] = []
    var events: [SctpEvent] = []
    var isEmpty: Bool { packets.isEmpty && events.isEmpty }
  }

  /// What is put together of one message's parts.
  static let maximumMessageBytes = 256 * 1024
  /// What may wait for an association's loop; more is dropped, and sent again by SCTP.
  static let maximumPackets = 4096
  /// usrsctp's own buffer of each association and direction.
  static let bufferBytes: Int32 = 256 * 1024
  /// So that a packet in a DTLS record (37 bytes more with AES-GCM) is a datagram of less than 1200 bytes.
  static let packetBytes: UInt32 = 1152
  /// Streams of each direction.
  static let streams: UInt16 = 256

  private struct Entry {
    var pending = Pending()
    var parts: [UInt16: [UInt8]] = [:]
    let wake: @Sendable () -> Void
  }

  private final class Shared {
    let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    var entries: [UInt: Entry] = [:]
    var lastNumber: UInt = 0
    var lastTick: Duration?

    init() {
      pthread_mutex_init(lock, nil)
      usrsctp_init_nothreads(0, SctpStack.output, nil)
      usrsctp_sysctl_set_sctp_ecn_enable(0)
      usrsctp_sysctl_set_sctp_asconf_enable(0)
      usrsctp_sysctl_set_sctp_auth_enable(0)
      // Milliseconds. A browser is near; RFC 9260's values are made for the whole Internet.
      usrsctp_sysctl_set_sctp_rto_initial_default(500)
      usrsctp_sysctl_set_sctp_rto_min_default(200)
      usrsctp_sysctl_set_sctp_rto_max_default(5000)
      usrsctp_sysctl_set_sctp_delayed_sack_time_default(20)
    }
  }

  /// Never freed: it lives as long as the process. Its fields are only touched while its lock is held.
  private nonisolated(unsafe) static let shared = Shared()

  private static func alone<Value>(_ body: (Shared) -> Value) -> Value {
    pthread_mutex_lock(shared.lock)
    defer { pthread_mutex_unlock(shared.lock) }
    return body(shared)
  }

  /// How many associations there are in the process.
  static var count: Int { alone { $0.entries.count } }

  /// Opens an association and sends its first packet.
  /// - Parameter wake: is called, on any thread, when something waits.
  /// - Returns: nil when usrsctp has no memory.
  static func open(
    localPort: UInt16, remotePort: UInt16, wake: @escaping @Sendable () -> Void
  ) -> (number: UInt, socket: OpaquePointer)? {
    alone { shared in
      shared.lastNumber += 1
      let number = shared.lastNumber
      let address = UnsafeMutableRawPointer(bitPattern: number)
      guard let socket = usrsctp_socket(AF_CONN, Int32(SOCK_STREAM.rawValue), 132, received, nil, 0, address) else {
        return nil
      }
      shared.entries[number] = Entry(wake: wake)
      usrsctp_register_address(address)
      SctpOptions.set(on: socket)
      let isConnecting = SctpOptions.connect(socket, address, localPort: localPort, remotePort: remotePort)
      if !isConnecting { shared.entries[number]?.pending.events.append(.down) }
      return (number, socket)
    }
  }

  /// Ends an association with an ABORT.
  /// - Returns: the last packets.
  static func close(_ number: UInt, _ socket: OpaquePointer) -> [[UInt8]] {
    alone { shared in
      usrsctp_close(socket)
      usrsctp_deregister_address(UnsafeMutableRawPointer(bitPattern: number))
      return shared.entries.removeValue(forKey: number)?.pending.packets ?? []
    }
  }

  /// Takes a packet.
  static func receive(_ packet: [UInt8], for number: UInt) {
    alone { _ in usrsctp_conninput(UnsafeMutableRawPointer(bitPattern: number), packet, packet.count, 0) }
  }

  /// Sends a message.
  /// - Returns: zero, or the error's number: EWOULDBLOCK while the buffer is full.
  static func send(_ message: [UInt8], stream: UInt16, protocolID: UInt32, on socket: OpaquePointer) -> Int32 {
    alone { _ in
      var information = sctp_sndinfo()
      information.snd_sid = stream
      information.snd_ppid = protocolID.bigEndian
      let size = socklen_t(MemoryLayout<sctp_sndinfo>.size)
      let sent = usrsctp_sendv(
        socket, message, message.count, nil, 0, &information, size, UInt32(SCTP_SENDV_SNDINFO), 0)
      return sent < 0 ? errno : 0
    }
  }

  /// Tells the browser that nothing more is sent on a stream (RFC 8831 section 6.7).
  static func reset(stream: UInt16, on socket: OpaquePointer) { alone { _ in SctpOptions.reset(stream, on: socket) } }

  /// Gives and forgets what waits.
  static func take(_ number: UInt) -> Pending {
    alone { shared in
      guard let pending = shared.entries[number]?.pending, !pending.isEmpty else { return Pending() }
      shared.entries[number]?.pending = Pending()
      return pending
    }
  }

  /// Runs the timers of all associations; one clock has to be given by every caller.
  static func tick(now: Duration) {
    let wakes = alone { shared -> [@Sendable () -> Void] in
      let elapsed = now - (shared.lastTick ?? now)
      guard shared.lastTick == nil || elapsed >= .milliseconds(10) else { return [] }
      shared.lastTick = now
      // After an idle hour the timers need not be told of the hour.
      usrsctp_handle_timers(UInt32(clamping: min(elapsed, .seconds(60)).milliseconds))
      return shared.entries.values.filter { !$0.pending.isEmpty }.map(\.wake)
    }
    for wake in wakes { wake() }
  }

  // MARK: Called by usrsctp, within one of the calls above

  private static let output:
    @convention(c) (UnsafeMutableRawPointer?, UnsafeMutableRawPointer?, Int, UInt8, UInt8) -> Int32 = {
      address, bytes, count, _, _ in
      let number = UInt(bitPattern: address)
      guard let bytes, let waiting = shared.entries[number]?.pending.packets.count, waiting < maximumPackets else {
        return 0
      }
      let packet = Array(UnsafeRawBufferPointer(start: bytes, count: count))
      shared.entries[number]?.pending.packets.append(packet)
      return 0
    }

  private static let received:
    @convention(c) (
      OpaquePointer?, sctp_sockstore, UnsafeMutableRawPointer?, Int, sctp_rcvinfo, Int32, UnsafeMutableRawPointer?
    ) -> Int32 = { _, _, bytes, count, information, flags, address in
      // Without data the association is gone, which a notification has told before.
      guard let bytes else { return 1 }
      defer { free(bytes) }
      let data = UnsafeRawBufferPointer(start: bytes, count: count)
      let number = UInt(bitPattern: address)
      if flags & Int32(MSG_NOTIFICATION) != 0 {
        if let event = SctpNotification.event(in: data) { shared.entries[number]?.pending.events.append(event) }
      } else {
        receive(data, information, isEnd: flags & Int32(MSG_EOR) != 0, for: number)
      }
      return 1
    }

  /// Puts the parts of a message together.
  private static func receive(
    _ data: UnsafeRawBufferPointer, _ information: sctp_rcvinfo, isEnd: Bool, for number: UInt
  ) {
    guard var entry = shared.entries.removeValue(forKey: number) else { return }
    defer { shared.entries[number] = entry }
    let stream = information.rcv_sid
    var message = entry.parts.removeValue(forKey: stream) ?? []
    // One byte more than allowed marks a message that is too long until its end.
    message.append(contentsOf: data.prefix(maximumMessageBytes + 1 - message.count))
    guard isEnd else {
      entry.parts[stream] = message
      return
    }
    entry.pending.events.append(
      message.count > maximumMessageBytes
        ? .tooLong(stream: stream)
        : .message(stream: stream, protocolID: UInt32(bigEndian: information.rcv_ppid), message))
  }
}
