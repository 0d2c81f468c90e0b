// Collects what espeak-ng produces during one call.

/// Samples and events of one call, both counted from its beginning.
final class EspeakCapture {
  private(set) var samples: [Int16] = []
  private(set) var events: [EspeakEvent] = []
  private(set) var isOverlong = false
  private let cancellation: Cancellation
  private let maximumSamples: Int

  init(_ cancellation: Cancellation, maximumSamples: Int) {
    self.cancellation = cancellation
    self.maximumSamples = maximumSamples
  }

  /// Called by the library, on the thread of the call, with some tens of milliseconds of sound; not 0 ends the call.
  static let callback: EspeakLibrary.Callback = { samples, count, events in
    guard let events, let user = EspeakEvent.userData(at: events) else { return 0 }
    let capture = Unmanaged<EspeakCapture>.fromOpaque(user).takeUnretainedValue()
    return capture.append(UnsafeBufferPointer(start: samples, count: max(0, Int(count))), EspeakEvent.list(at: events))
  }

  private func append(_ new: UnsafeBufferPointer<Int16>, _ newEvents: [EspeakEvent]) -> Int32 {
    samples += new
    events += newEvents
    isOverlong = samples.count > maximumSamples
    return isOverlong || cancellation.isCancelled ? 1 : 0
  }
}
