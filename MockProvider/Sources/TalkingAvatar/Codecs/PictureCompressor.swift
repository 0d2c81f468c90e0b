// What the two video codecs have in common.

/// One codec's library behind ``VideoEncoder``, which has checked sizes and bounds.
protocol PictureCompressor: AnyObject {
  /// - Parameter ticks: time at 90 kHz, greater than in the call before.
  func compress(_ picture: Picture, isKeyFrame: Bool, ticks: Int64) throws(EncoderError) -> EncodedFrame
  /// Bits a second.
  func setBitrate(_ bitrate: Int) throws(EncoderError)
}
