"""Product images (ecwid-api/products.md §8): bytes are not kept, addresses given with `externalUrl` are."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ecwid_twin.products.variations import get
from ecwid_twin.wire import params
from ecwid_twin.wire.errors import ApiError, wrong_content_type
from ecwid_twin.wire.message import Call, Doc, Reply, answer
from ecwid_twin.wire.router import Router

if TYPE_CHECKING:
    from ecwid_twin.store import Store

MOST = 20 << 20


def register(router: Router) -> None:
    """Add the endpoints to `router`."""
    scope = "update_catalog"
    router.add("POST", "products/*/image", upload_main, scope)
    router.add("POST", "products/*/image/async", async_main, scope)
    router.add("DELETE", "products/*/image", delete_main, scope)
    router.add("POST", "products/*/gallery", upload_gallery, scope)
    router.add("POST", "products/*/gallery/async", async_gallery, scope)
    router.add("DELETE", "products/*/gallery", delete_gallery, scope, "update_catalog_batch_delete")
    router.add("DELETE", "products/*/gallery/*", delete_gallery_image, scope)
    router.add("PUT", "products/*/media", replace_media, scope)
    router.add("POST", "products/*/combinations/*/image", upload_variation, "read_catalog", scope)
    router.add("DELETE", "products/*/combinations/*/image", delete_variation_image, "read_catalog", scope)


def _address(store: Store, call: Call) -> tuple[str, int]:
    """Where the uploaded image lives and its id. Raises 413, 415 or 422."""
    number = store.catalogue.image_id()
    external = call.query.get("externalUrl", "")
    if external:
        return _checked(external), number
    kind = call.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/octet-stream" and not kind.startswith("image/"):
        raise wrong_content_type()
    if len(call.body) > MOST:
        raise ApiError(413, "", "Image is larger than 20 MB")
    if not call.body.startswith((b"\xff\xd8", b"\x89PNG", b"GIF8", b"RIFF", b"<svg", b"BM")):
        raise ApiError(422, "", "File is not an image")
    return f"https://images.example/{store.id}/{number}.jpg", number


def _checked(url: object) -> str:
    text = str(url or "")
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ApiError(422, "WRONG_URL", "Wrong URL provided")
    return text


def _image(url: str, _number: int, order: int, *, main: bool) -> Doc:
    sizes = ("image160pxUrl", "image400pxUrl", "image800pxUrl", "image1500pxUrl", "imageOriginalUrl")
    return {
        "id": str(order),
        "isMain": main,
        "orderBy": order,
        **dict.fromkeys(sizes, url),
        "alt": {"translated": {}},
    }


def _set_main(doc: Doc, url: str, number: int) -> None:
    media = doc.setdefault("media", {"images": [], "videos": []})
    rest = [image for image in media.get("images") or () if not image.get("isMain")]
    media["images"] = [_image(url, number, 0, main=True), *rest]
    _renumber(media)
    for name in ("imageUrl", "smallThumbnailUrl", "hdThumbnailUrl", "originalImageUrl", "thumbnailUrl"):
        doc[name] = url
    doc["originalImage"] = {"url": url, "width": 1000, "height": 1000}


def _renumber(media: Doc) -> None:
    for position, image in enumerate(media["images"]):
        image["id"], image["orderBy"] = str(position), position


def _add_gallery(doc: Doc, url: str, number: int) -> None:
    names = (
        "url",
        "thumbnail",
        "originalImageUrl",
        "imageUrl",
        "hdThumbnailUrl",
        "thumbnailUrl",
        "smallThumbnailUrl",
    )
    gallery = doc.setdefault("galleryImages", [])
    gallery.append(
        {
            "id": number,
            **dict.fromkeys(names, url),
            "width": 1000,
            "height": 1000,
            "orderBy": len(gallery) + 1,
        }
    )
    media = doc.setdefault("media", {"images": [], "videos": []})
    media.setdefault("images", []).append(_image(url, number, len(media["images"]), main=False))


def upload_main(store: Store, call: Call, ids: list[str]) -> Reply:
    """The main image."""
    doc = store.catalogue.copy(ids[0])
    url, number = _address(store, call)
    _set_main(doc, url, number)
    store.catalogue.edit(doc)
    return answer({"id": number})


def async_main(store: Store, call: Call, ids: list[str]) -> Reply:
    """The main image by address, fetched later."""
    doc = store.catalogue.copy(ids[0])
    number = store.catalogue.image_id()
    _set_main(doc, _checked(params.body(call).get("url")), number)
    store.catalogue.edit(doc)
    return answer({"id": number})


def delete_main(store: Store, _call: Call, ids: list[str]) -> Reply:
    """Remove the main image."""
    doc = store.catalogue.copy(ids[0])
    count = _drop_main(doc)
    if count:
        store.catalogue.edit(doc)
    return answer({"deleteCount": count})


def _drop_main(doc: Doc) -> int:
    media = doc.setdefault("media", {"images": [], "videos": []})
    kept = [image for image in media.get("images") or () if not image.get("isMain")]
    count = len(media.get("images") or ()) - len(kept)
    media["images"] = kept
    for name in (
        "imageUrl",
        "smallThumbnailUrl",
        "hdThumbnailUrl",
        "originalImageUrl",
        "thumbnailUrl",
        "originalImage",
    ):
        doc.pop(name, None)
    return count


def upload_gallery(store: Store, call: Call, ids: list[str]) -> Reply:
    """One more gallery image."""
    doc = store.catalogue.copy(ids[0])
    url, number = _address(store, call)
    _add_gallery(doc, url, number)
    store.catalogue.edit(doc)
    return answer({"id": number})


def async_gallery(store: Store, call: Call, ids: list[str]) -> Reply:
    """One more gallery image by address."""
    doc = store.catalogue.copy(ids[0])
    number = store.catalogue.image_id()
    _add_gallery(doc, _checked(params.body(call).get("url")), number)
    store.catalogue.edit(doc)
    return answer({"id": number})


def delete_gallery(store: Store, _call: Call, ids: list[str]) -> Reply:
    """Remove all gallery images."""
    doc = store.catalogue.copy(ids[0])
    count = _clear_gallery(doc)
    store.catalogue.edit(doc)
    return answer({"deleteCount": count})


def _clear_gallery(doc: Doc) -> int:
    count = len(doc.get("galleryImages") or ())
    doc["galleryImages"] = []
    media = doc.setdefault("media", {"images": [], "videos": []})
    media["images"] = [image for image in media.get("images") or () if image.get("isMain")]
    return count


def delete_gallery_image(store: Store, _call: Call, ids: list[str]) -> Reply:
    """Remove one gallery image."""
    doc = store.catalogue.copy(ids[0])
    gallery = doc.get("galleryImages") or []
    gone = [image for image in gallery if str(image["id"]) == ids[1]]
    doc["galleryImages"] = [image for image in gallery if image not in gone]
    urls = {image["url"] for image in gone}
    media = doc.setdefault("media", {"images": [], "videos": []})
    media["images"] = [
        image for image in media["images"] if image.get("isMain") or image["imageOriginalUrl"] not in urls
    ]
    store.catalogue.edit(doc)
    return answer({"deleteCount": len(gone)})


def replace_media(store: Store, call: Call, ids: list[str]) -> Reply:
    """Replace all media; what is not sent is deleted."""
    doc = store.catalogue.copy(ids[0])
    sent = params.body(call)
    _clear_gallery(doc)
    _drop_main(doc)
    main = (sent.get("mainMedia") or {}).get("imageUrl")
    if main:
        _set_main(doc, _checked(main), store.catalogue.image_id())
    for item in sent.get("galleryMedia") or ():
        if item.get("imageUrl"):
            _add_gallery(doc, _checked(item["imageUrl"]), store.catalogue.image_id())
    store.catalogue.edit(doc)
    return answer({"updateCount": 1})


def upload_variation(store: Store, call: Call, ids: list[str]) -> Reply:
    """The image of a variation."""

    doc = store.catalogue.copy(ids[0])
    variation = get(doc, ids[1])
    url, number = _address(store, call)
    for name in ("thumbnailUrl", "imageUrl", "smallThumbnailUrl", "hdThumbnailUrl", "originalImageUrl"):
        variation[name] = url
    store.catalogue.edit(doc)
    return answer({"id": number})


def delete_variation_image(store: Store, _call: Call, ids: list[str]) -> Reply:
    """Remove the image of a variation: it inherits the product's again."""

    doc = store.catalogue.copy(ids[0])
    variation = get(doc, ids[1])
    had = "imageUrl" in variation
    for name in ("thumbnailUrl", "imageUrl", "smallThumbnailUrl", "hdThumbnailUrl", "originalImageUrl"):
        variation.pop(name, None)
    store.catalogue.edit(doc)
    return answer({"deleteCount": int(had)})
