"""Names, places and goods for invented shops."""

from __future__ import annotations

PEOPLE = (
    ("Anna Berg", "Lindenstrasse 12", "Berlin", "DE", "10969", "BE"),
    ("James O'Connor", "14 Abbey Road\nFlat 3", "London", "GB", "NW8 9AY", ""),
    ("Мария Коваленко", "вул. Хрещатик, 22", "Київ", "UA", "01001", "30"),
    ("山田 太郎", "千代田1-1", "東京", "JP", "100-0001", "13"),
    ("Γιώργος Παπαδόπουλος", "Ερμού 5", "Αθήνα", "GR", "10563", ""),
    ("José Núñez", "Calle Mayor 8, 2º", "Madrid", "ES", "28013", "M"),
    ("Chloé Lefèvre", "3 rue de la Paix", "Paris", "FR", "75002", ""),
    ("Luca De Santis", "Via Roma 1", "Torino", "IT", "10121", "TO"),
    ("דנה לוי", "רחוב הרצל 10", "תל אביב", "IL", "6688210", ""),
    ("Nguyễn Văn An", "500 Oak Street", "San Jose", "US", "95113", "CA"),
    ("Sarah Miller", "1 Sample Street", "New York", "US", "10001", "NY"),
    ("Jiří Dvořák", "Národní 20", "Praha", "CZ", "110 00", ""),
    ("김민준", "세종대로 110", "서울", "KR", "04524", ""),
    ("Zoë van Dijk", "Industrieweg 9-C", "Oirschot", "NL", "5688 DP", "NBR"),
    ("Olivia Brown", "77 King Street W", "Toronto", "CA", "M5K 1A1", "ON"),
    ("Łukasz Wójcik", "ul. Długa 7/3", "Kraków", "PL", "31-147", ""),
)
"""Name, street, city, country, postal code, state."""

GOODS = (
    ("Linen Shirt", 3900, "Size", ("S", "M", "L", "XL")),
    ("Merino Jumper", 8900, "Size", ("S", "M", "L")),
    ("Canvas Tote", 1850, "Colour", ("Natural", "Black", "Red")),
    ("Enamel Mug", 1290, "Colour", ("White", "Blue")),
    ("Wool Socks", 990, "Size", ("36-38", "39-42", "43-46")),
    ("Rain Jacket", 12900, "Size", ("S", "M", "L", "XL")),
    ("Running Cap", 2450, "Colour", ("Black", "Navy")),
    ("Leather Belt", 4500, "Length", ("85", "95", "105")),
    ("Coffee Beans 1 kg", 2390, "Grind", ("Whole bean", "Espresso", "Filter")),
    ("Green Tea Sencha", 1490, "", ()),
    ("Ceramic Teapot", 5490, "", ()),
    ("Oak Cutting Board", 3690, "", ()),
    ("Chef's Knife 20 cm", 7900, "", ()),
    ("Cast Iron Pan", 6450, "", ()),
    ("Beeswax Candle", 1190, "", ()),
    ("Notebook A5", 1290, "", ()),
    ("Fountain Pen", 4900, "", ()),
    ("Desk Lamp", 6900, "", ()),
    ("Wooden Train", 3450, "", ()),
    ("Board Game “Harbour”", 3990, "", ()),
    ("Wall Map", 2490, "", ()),
    ("Garden Trowel", 1590, "", ()),
    ("Tomato Seeds", 349, "", ()),
    ("Plant Pot", 1490, "Size", ("Small", "Medium", "Large")),
    ("Yoga Mat", 4990, "Colour", ("Slate", "Sand")),
    ("Water Bottle", 2190, "", ()),
    ("Bicycle Bell", 1690, "", ()),
    ("Travel Pillow", 2790, "", ()),
    ("Phone Stand", 1990, "", ()),
    ("Umbrella", 2990, "", ()),
    ("Гречаний мед", 1150, "", ()),
    ("抹茶ボウル", 4200, "", ()),
    ("Jam “Sure fruits”", 690, "", ()),
    ("Olive Oil 0.5 l", 1390, "", ()),
    ("Soap Bar", 590, "Scent", ("Lavender", "Cedar", "Citrus")),
    ("Bath Towel", 2690, "Colour", ("White", "Grey")),
    ("Pattern: Summer Dress (PDF)", 800, "", ()),
    ("E-book: Bread at Home", 1200, "", ()),
    ("Gift Wrapping", 350, "", ()),
    ("Poster A2", 1900, "", ()),
)
"""Name, price in hundredths, option name and its choices."""

DIGITAL = frozenset(("Pattern: Summer Dress (PDF)", "E-book: Bread at Home"))
UNLIMITED = frozenset(("Gift Wrapping", "Poster A2", *DIGITAL))
INHERITING = frozenset(("Coffee Beans 1 kg", "Running Cap"))
"""Products whose variations have no SKU of their own: they share the product's stock."""
