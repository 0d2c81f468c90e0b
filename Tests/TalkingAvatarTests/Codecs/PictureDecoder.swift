// Decodes what the encoders made, with the libraries' own decoders.
import CMediaDecoders
import CTalkingAvatar

@testable import TalkingAvatar

/// One stream's decoder.
final class PictureDecoder {
  private enum Library {
    case vpx(UnsafeMutablePointer<vpx_codec_ctx_t>)
    case openh264(UnsafeMutablePointer<ISVCDecoder?>)
  }

  private let library: Library
  private let size: PictureSize

  init(_ codec: VideoEncoder.Codec, size: PictureSize) {
    self.size = size
    switch codec {
    case .vp8:
      let context = UnsafeMutablePointer<vpx_codec_ctx_t>.allocate(capacity: 1)
      context.initialize(to: vpx_codec_ctx_t())
      precondition(decoders_vpx_init(context) == VPX_CODEC_OK)
      library = .vpx(context)
    case .h264:
      var created: UnsafeMutablePointer<ISVCDecoder?>?
      precondition(WelsCreateDecoder(&created) == 0)
      let decoder = created!
      var settings = SDecodingParam()
      settings.eEcActiveIdc = ERROR_CON_DISABLE
      settings.sVideoProperty.eVideoBsType = VIDEO_BITSTREAM_AVC
      precondition(decoder.pointee!.pointee.Initialize(decoder, &settings) == 0)
      library = .openh264(decoder)
    }
  }

  deinit {
    switch library {
    case .vpx(let context):
      vpx_codec_destroy(context)
      context.deallocate()
    case .openh264(let decoder):
      _ = decoder.pointee!.pointee.Uninitialize(decoder)
      WelsDestroyDecoder(decoder)
    }
  }

  /// The picture, or nil where the bytes cannot be decoded.
  func decode(_ bytes: [UInt8]) -> Picture? {
    switch library {
    case .vpx(let context):
      guard vpx_codec_decode(context, bytes, UInt32(bytes.count), nil, 0) == VPX_CODEC_OK else { return nil }
      var position: vpx_codec_iter_t?
      guard let image = vpx_codec_get_frame(context, &position)?.pointee, let luma = image.planes.0,
        let blue = image.planes.1, let red = image.planes.2, Int(image.d_w) == size.width, Int(image.d_h) == size.height
      else { return nil }
      return picture(luma, blue, red, strides: (Int(image.stride.0), Int(image.stride.1)))
    case .openh264(let decoder):
      var planes: [UnsafeMutablePointer<UInt8>?] = [nil, nil, nil]
      var information = SBufferInfo()
      let state = decoder.pointee!.pointee.DecodeFrameNoDelay(
        decoder, bytes, Int32(bytes.count), &planes, &information)
      let format = information.UsrData.sSystemBuffer
      guard state == dsErrorFree, information.iBufferStatus == 1, let luma = planes[0], let blue = planes[1],
        let red = planes[2], Int(format.iWidth) == size.width, Int(format.iHeight) == size.height
      else { return nil }
      return picture(luma, blue, red, strides: (Int(format.iStride.0), Int(format.iStride.1)))
    }
  }

  private func picture(
    _ luma: UnsafeMutablePointer<UInt8>, _ blue: UnsafeMutablePointer<UInt8>, _ red: UnsafeMutablePointer<UInt8>,
    strides: (Int, Int)
  ) -> Picture {
    let picture = Picture(size: size)
    for (plane, source, stride) in [
      (picture.luma, luma, strides.0), (picture.blue, blue, strides.1), (picture.red, red, strides.1),
    ] {
      for y in 0..<plane.height { plane.row(y).update(from: source + y * stride, count: plane.width) }
    }
    return picture
  }
}
